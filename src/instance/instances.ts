/**
 * Makes the machines of the host those of the Plan: launches, stops, restarts and removes containers inside the namespaces that
 * the driver made, and tells what became of each. Asks the runtime for what is there at every apply; remembers only what the
 * runtime cannot know (record.ts). It makes no network, no image, and decides nothing (decide.ts).
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
 */
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { run } from '../host/exec.ts';
import { explain, Fault } from '../host/fault.ts';
import type { Log } from '../host/log.ts';
import { isPinned } from '../host/netns.ts';
import type { Paths } from '../host/paths.ts';
import type { ImageFact, MachineFact } from '../model/facts.ts';
import type { Machine, MachineImage, Plan } from '../plan/plan.ts';
import { ID_BASE } from './base.ts';
import { noteUse } from './bases.ts';
import { reachedTarget } from './booted.ts';
import { consoleText } from './console.ts';
import { createRuntime } from './crun.ts';
import { askedForReboot, type MachineRecord, nextStep, restingFact, type Step } from './decide.ts';
import { type ExecOptions, execInstance } from './exec.ts';
import { createImageRoom } from './images.ts';
import { baseOf, layerRoots } from './layers.ts';
import { limiter } from './limiter.ts';
import { createPower } from './power.ts';
import { readRecipe } from './recipe.ts';
import { readRecord, writeRecord } from './record.ts';
import { removeTree } from './remove.ts';
import { seedEntries, shortHostname, trustLayer, writeLayer } from './seed.ts';

/** systemd alone needs 0.3 s to shut down; a service may need its own time-out. */
const STOP_MS = 30_000;
const TERMINATE_MS = 10_000;
/** Launches at once: each is a few short programs, and more than the cores only makes all of them late. */
const LAUNCHES_AT_ONCE = Math.max(2, availableParallelism());
/** For one boot number, over as many applies. */
const TRIES = 3;
/** Between two looks for what nobody tells of: a machine whose console keeper was killed before it ended, and a next try. */
const WATCH_MS = 5000;

export interface InstancesOptions {
  readonly paths: Paths;
  readonly log: Log;
  /** Culvert's CA certificate: instances trust it from their first boot. */
  readonly caFile: string;
  /** Time to shut down by itself before it is killed. Default: 30 s, at termination 10 s. */
  readonly stopMs?: number;
  onFact(id: string, fact: MachineFact): void;
}

export interface Instances {
  /**
   * Resolves when every machine and image of the plan is as wanted, or its fact says why not. Never throws for one machine's
   * trouble. A plan that changes none of them costs nothing: ends are told by their console keepers.
   */
  apply(plan: Plan): Promise<void>;
  /** What there is of images, as it is now. */
  readonly images: ReadonlyMap<string, ImageFact>;
  /** What runs and what is kept on disk now, by machine id; takes over what an earlier process left. */
  observe(): Promise<ReadonlyMap<string, MachineFact>>;
  /** The end of the console log of its last boot, at most 64 KiB. '' if it never ran. */
  consoleOutput(id: string): string;
  /** Its init reached its target in the boot it is in. */
  booted(id: string): boolean;
  /** Runs a program in a running instance on this process's own stdin, stdout and stderr. */
  exec(id: string, argv: readonly string[], options?: ExecOptions): Promise<number>;
  /** Stops every machine and keeps their disks; those that ran are started again by a later apply. */
  stopAll(): Promise<void>;
  /** Lets go without touching any machine. */
  close(): void;
}

interface Unit {
  readonly id: string;
  wanted: { readonly machine: Machine; readonly plan: Plan } | 'removed' | 'down' | 'as it is';
  record: MachineRecord | null;
  /** Images still to be made of its disk, before anything else is done with it. */
  captures: readonly MachineImage[];
  running: boolean;
  /** A container that nobody has cleared away: it ran and ended by itself, or was made and never started. */
  remains: 'of a run' | 'of a launch' | null;
  booted: boolean;
  fault: string | null;
  tries: { readonly boots: number; readonly count: number };
  /** The last that was told. */
  fact: MachineFact | null;
  work: Promise<void> | null;
}

export function createInstances({ paths, log, caFile, stopMs, onFact }: InstancesOptions): Instances {
  const runtime = createRuntime(paths);
  // Closed to the host's other users: instances make set-user-id programs of their own.
  mkdirSync(paths.instances, { recursive: true, mode: 0o700 });
  chmodSync(paths.instances, 0o700);
  const currentBase = readRecipe().hash;
  const units = new Map<string, Unit>();
  const images = createImageRoom(paths, log);
  let latest = 0;
  let asked = '';
  let applying: Promise<void> = Promise.resolve();
  const limit = limiter(LAUNCHES_AT_ONCE);
  const folderOf = (id: string) => paths.instanceOf(id);
  const consoleLog = (id: string) => join(folderOf(id), 'console.log');

  const power = createPower(runtime, log, (id) => {
    const unit = units.get(id);
    if (unit !== undefined && unit.work === null && unit.running) void settle(unit);
  });
  const watching = setInterval(() => {
    for (const unit of units.values()) {
      if (unit.work !== null) continue;
      if (unit.running && !runtime.alive(unit.id)) unit.remains = 'of a run';
      if (unit.remains !== null || isBehind(unit)) void settle(unit);
    }
  }, WATCH_MS);
  watching.unref();

  function tell(unit: Unit, fact: MachineFact): void {
    if (isDeepStrictEqual(fact, unit.fact)) return;
    unit.fact = fact;
    onFact(unit.id, fact);
  }

  function unitOf(id: string): Unit {
    let unit = units.get(id);
    if (unit === undefined) {
      const record = readRecord(folderOf(id), currentBase);
      const tries = { boots: 0, count: 0 };
      unit = {
        id,
        wanted: 'as it is',
        record,
        captures: [],
        running: false,
        remains: null,
        booted: false,
        fault: null,
        tries,
        fact: null,
        work: null,
      };
      units.set(id, unit);
    }
    return unit;
  }

  /** Brings every idle unit's view up to what the runtime and the disk have. */
  async function look(): Promise<void> {
    const containers = new Map((await runtime.list()).map((container) => [container.id, container]));
    const onDisk = readdirSync(paths.instances).filter((name) => /^i-[0-9a-f]+$/.test(name));
    for (const id of new Set([...onDisk, ...containers.keys()])) unitOf(id);
    for (const unit of units.values()) {
      if (unit.work !== null) continue;
      const status = containers.get(unit.id)?.status;
      unit.running = status === 'running' || status === 'paused';
      // Whoever held it still did not live to let it go.
      if (status === 'paused')
        await runtime.resume(unit.id).catch((err) => log.error({ machine: unit.id, err }, 'held still'));
      unit.remains = unit.running || status === undefined ? null : status === 'stopped' ? 'of a run' : 'of a launch';
    }
  }

  /** What ended while nobody asked it to is cleared away, and remembered unless it wants to come back. */
  async function clear(unit: Unit): Promise<void> {
    if (unit.running && runtime.exitStatus(unit.id) !== undefined) unit.remains = 'of a run';
    if (unit.remains === null) return;
    if (unit.remains === 'of a run') {
      unit.running = false;
      const status = runtime.exitStatus(unit.id);
      log.info({ machine: unit.id, status }, 'ended by itself');
      if (unit.record !== null && !unit.record.stopAsked && !askedForReboot(status))
        keep(unit, { ...unit.record, endedInside: true });
    }
    await runtime.remove(unit.id);
    runtime.forgetExit(unit.id);
    unit.remains = null;
  }

  function keep(unit: Unit, record: MachineRecord): void {
    unit.record = record;
    writeRecord(folderOf(unit.id), record);
  }

  /** Works on the machine until nothing is left to do; a plan that comes meanwhile is seen at the next turn. */
  function settle(unit: Unit): Promise<void> {
    unit.work ??= turns(unit).finally(() => {
      unit.work = null;
    });
    return unit.work;
  }

  async function turns(unit: Unit): Promise<void> {
    try {
      for (;;) {
        await clear(unit);
        const image = unit.captures[0];
        if (image !== undefined) {
          if (await capture(unit, image)) continue;
          break;
        }
        const step = stepOf(unit);
        if (step === 'terminate') return await terminate(unit);
        if (step === 'nothing') break;
        if (step === 'stop') await stop(unit, stopMs ?? STOP_MS);
        else if (!(await boot(unit))) break;
      }
    } catch (error) {
      unit.fault = explain(error);
      log.error({ machine: unit.id, err: error }, 'machine is not as wanted');
    }
    tell(unit, resting(unit));
  }

  function resting({ wanted, record, running, fault }: Unit): MachineFact {
    // What could not be removed is tried again at the next apply.
    if (wanted === 'removed') return { state: 'shutting-down', boots: record?.boots ?? 0, fault };
    return restingFact(record, running, fault);
  }

  function factOf(unit: Unit): MachineFact {
    return unit.work !== null && unit.fact !== null ? unit.fact : resting(unit);
  }

  function stepOf({ wanted, record, running }: Unit): Step {
    if (wanted === 'as it is') return 'nothing';
    if (wanted === 'down') return running ? 'stop' : 'nothing';
    return nextStep(wanted === 'removed' ? null : wanted.machine, record, running);
  }

  /** Something is left to do, or to be tried again. */
  function isBehind(unit: Unit): boolean {
    return unit.work === null && (unit.captures.length > 0 || stepOf(unit) !== 'nothing');
  }

  /** What ran goes on, or is started again by the next turn. false: to be tried again, later. */
  async function capture(unit: Unit, image: MachineImage): Promise<boolean> {
    if (unit.running && image.reboot) await stop(unit, stopMs ?? STOP_MS);
    const isDone = await images.make(image, unit.record?.base ?? currentBase, (copy) =>
      limit(async () => {
        const running = unit.running;
        if (running) await runtime.pause(unit.id);
        try {
          await copy();
        } finally {
          if (running) await runtime.resume(unit.id);
        }
      }),
    );
    if (isDone) unit.captures = unit.captures.filter(({ id }) => id !== image.id);
    return isDone;
  }

  /** false: not now; a later look may try again. */
  async function boot(unit: Unit): Promise<boolean> {
    if (typeof unit.wanted === 'string') return true;
    const { boots } = unit.wanted.machine;
    const count = unit.tries.boots === boots ? unit.tries.count + 1 : 1;
    if (count > TRIES) return false;
    if (unit.running) await stop(unit, stopMs ?? STOP_MS);
    unit.tries = { boots, count };
    tell(unit, { state: 'pending', boots, fault: unit.fault });
    try {
      await limit(() => launch(unit));
      unit.fault = null;
      unit.tries = { boots, count: 0 };
      tell(unit, resting(unit));
      return true;
    } catch (error) {
      unit.fault = `${explain(error)} (try ${count} of ${TRIES})`;
      log.error({ machine: unit.id, err: error, count }, 'launch failed');
      return false;
    }
  }

  async function launch(unit: Unit): Promise<void> {
    // While this waited for its turn, a newer plan may have come that wants it no more.
    if (typeof unit.wanted === 'string') return;
    const { machine, plan } = unit.wanted;
    const netns = paths.netnsOf(unit.id);
    const userns = paths.usernsOf(unit.id);
    for (const pin of [netns, userns]) if (!isPinned(pin)) throw new Fault(`its namespace is not there: ${pin}`);
    const folder = folderOf(unit.id);
    const upper = join(folder, 'upper');
    const work = join(folder, 'work');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await run('install', ['-d', '-m', '0755', '-o', String(ID_BASE), '-g', String(ID_BASE), upper, work]);
    const seed = join(folder, 'seed');
    writeLayer(seed, seedEntries(plan, machine));
    const base = unit.record?.base ?? baseOf(paths, machine.layers, currentBase);
    const layers = layerRoots(paths, machine.layers, base);
    noteUse(paths, base);
    const trust = trustLayer(paths.images, layers.at(-1) ?? '', caFile);
    // Before the start: a boot that we do not live to see has still been used up.
    keep(unit, { boots: machine.boots, endedInside: false, stopAsked: false, base });
    unit.booted = false;
    await runtime.launch({
      id: unit.id,
      layers: [seed, trust, ...layers],
      upper,
      work,
      consoleLog: consoleLog(unit.id),
      oci: { hostname: shortHostname(machine), netns, userns, limits: machine.limits },
    });
    unit.running = true;
  }

  async function stop(unit: Unit, graceMs: number, state: 'stopping' | 'shutting-down' = 'stopping'): Promise<void> {
    tell(unit, { state, boots: unit.record?.boots ?? 0, fault: null });
    if (unit.record !== null) keep(unit, { ...unit.record, stopAsked: true });
    await power.off(unit.id, graceMs);
    unit.running = false;
    await runtime.remove(unit.id);
    runtime.forgetExit(unit.id);
  }

  async function terminate(unit: Unit): Promise<void> {
    const boots = unit.record?.boots ?? 0;
    tell(unit, { state: 'shutting-down', boots, fault: null });
    if (unit.running) await stop(unit, stopMs ?? TERMINATE_MS, 'shutting-down');
    await runtime.remove(unit.id);
    runtime.forgetExit(unit.id);
    await removeTree(folderOf(unit.id));
    units.delete(unit.id);
    tell(unit, { state: 'terminated', boots, fault: null });
  }

  async function change(plan: Plan): Promise<void> {
    const own = ++latest;
    await look();
    // A later call may have looked faster: its plan is the newer one.
    if (own !== latest) return void (await Promise.all([...units.values()].map(settle)));
    const machines = new Map(plan.machines.map((machine) => [machine.id, machine]));
    for (const id of machines.keys()) unitOf(id);
    for (const unit of units.values()) {
      const machine = machines.get(unit.id);
      unit.wanted = machine === undefined ? 'removed' : { machine, plan };
    }
    const captures = await images.missing(plan, (id) => (units.get(id)?.record ?? null) !== null);
    for (const unit of units.values()) unit.captures = captures.get(unit.id) ?? [];
    await Promise.all([...units.values()].map(settle));
    // What could not be removed may still use them.
    const areGone = ![...units.values()].some(({ wanted }) => wanted === 'removed');
    if (own === latest && areGone) await images.prune(plan);
  }

  return {
    images: images.facts,
    apply(plan) {
      const work = workOf(plan);
      if (work === asked && ![...units.values()].some(isBehind)) {
        const machines = new Map(plan.machines.map((machine) => [machine.id, machine]));
        for (const unit of units.values()) {
          const machine = machines.get(unit.id);
          if (machine !== undefined) unit.wanted = { machine, plan };
        }
        return applying;
      }
      asked = work;
      applying = change(plan);
      return applying;
    },
    async observe() {
      await look();
      images.look();
      await Promise.all([...units.values()].filter((unit) => unit.remains !== null).map(settle));
      return new Map([...units.values()].map((unit) => [unit.id, factOf(unit)]));
    },
    consoleOutput(id) {
      return consoleText(consoleLog(id));
    },
    booted(id) {
      const unit = units.get(id);
      if (unit === undefined || !unit.running) return false;
      unit.booted ||= reachedTarget(join(paths.run, 'instances', id, 'pid'));
      return unit.booted;
    },
    exec(id, argv, options = {}) {
      return execInstance(paths, id, argv, options);
    },
    async stopAll() {
      asked = '';
      await look();
      for (const unit of units.values()) Object.assign(unit, { wanted: 'down', captures: [] });
      await Promise.all([...units.values()].map(settle));
    },
    close() {
      clearInterval(watching);
      power.close();
    },
  };
}

/** What of a plan can give this room work; a machine's other members are read when it boots. */
function workOf({ machines, images }: Plan): string {
  return `${machines.map(({ id, wanted, boots }) => `${id} ${wanted} ${boots}`)} ${images.map(({ id }) => id)}`;
}
