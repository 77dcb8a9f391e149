/**
 * Makes the machines of the host those of the Plan: launches, stops, restarts and removes containers inside the namespaces that
 * the driver made, and tells what became of each. Asks the runtime for what is there at every apply; remembers only what the
 * runtime cannot know (record.ts). It makes no network, no image, and decides nothing (decide.ts).
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
 */
import { chmodSync, existsSync, type FSWatcher, lstatSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { run } from '../host/exec.ts';
import { explain, Fault } from '../host/fault.ts';
import type { Log } from '../host/log.ts';
import { isPinned } from '../host/netns.ts';
import type { Paths } from '../host/paths.ts';
import type { MachineFact } from '../model/facts.ts';
import type { Machine, Plan } from '../plan/plan.ts';
import { BASE_LAYER, baseRoot, ID_BASE } from './base.ts';
import { consoleText } from './console.ts';
import { createRuntime, SIGNAL_POWEROFF } from './crun.ts';
import { askedForReboot, type MachineRecord, nextStep, restingFact, type Step } from './decide.ts';
import { type ExecOptions, execInstance } from './exec.ts';
import { readRecord, writeRecord } from './record.ts';
import { seedEntries, shortHostname, trustLayer, writeLayer } from './seed.ts';

/** systemd alone needs 0.3 s to shut down; a service may need its own time-out. */
const STOP_MS = 30_000;
const TERMINATE_MS = 10_000;
const KILL_MS = 10_000;
/** Between two signals to shut down. */
const SIGNAL_MS = 500;
/** Launches at once: each is a few short programs, and more than the cores only makes all of them late. */
const LAUNCHES_AT_ONCE = Math.max(2, availableParallelism());
/** For one boot number, over as many applies. */
const LAUNCH_TRIES = 3;

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
  /** Resolves when every machine of the plan is as wanted, or its fact says why not. Never throws for one machine's trouble. */
  apply(plan: Plan): Promise<void>;
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
  const units = new Map<string, Unit>();
  let latest = 0;
  const limit = limiter(LAUNCHES_AT_ONCE);
  const folderOf = (id: string) => paths.instanceOf(id);
  const consoleLog = (id: string) => join(folderOf(id), 'console.log');

  // conmon leaves a file when an instance's init has ended: the only news that come to us unasked.
  const waiting = new Map<string, () => void>();
  const watcher: FSWatcher = watch(runtime.exits, (_event, name) => {
    if (name === null || runtime.exitStatus(name) === undefined) return;
    waiting.get(name)?.();
    const unit = units.get(name);
    if (unit !== undefined && unit.work === null && unit.running) void settle(unit);
  });
  watcher.unref();

  function tell(unit: Unit, fact: MachineFact): void {
    if (isDeepStrictEqual(fact, unit.fact)) return;
    unit.fact = fact;
    onFact(unit.id, fact);
  }

  function unitOf(id: string): Unit {
    let unit = units.get(id);
    if (unit === undefined) {
      const record = readRecord(folderOf(id));
      const tries = { boots: 0, count: 0 };
      unit = {
        id,
        wanted: 'as it is',
        record,
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
      if (unit.record !== null && !askedForReboot(status)) keep(unit, { ...unit.record, endedInside: true });
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

  /** false: not now; a later apply may try again. */
  async function boot(unit: Unit): Promise<boolean> {
    if (typeof unit.wanted === 'string') return true;
    const { boots } = unit.wanted.machine;
    const count = unit.tries.boots === boots ? unit.tries.count + 1 : 1;
    if (count > LAUNCH_TRIES) return false;
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
      unit.fault = `${explain(error)} (try ${count} of ${LAUNCH_TRIES})`;
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
    const { base, layers } = layersOf(machine);
    const trust = trustLayer(paths.images, base, caFile);
    // Before the start: a boot that we do not live to see has still been used up.
    keep(unit, { boots: machine.boots, endedInside: false });
    unit.booted = false;
    await runtime.launch({
      id: unit.id,
      layers: [seed, trust, ...layers, base],
      upper,
      work,
      consoleLog: consoleLog(unit.id),
      oci: { hostname: shortHostname(machine), netns, userns, limits: machine.limits },
    });
    unit.running = true;
  }

  function layersOf(machine: Machine): { base: string; layers: string[] } {
    const layers = machine.layers.slice(0, -1).map((name) => {
      const path = join(paths.images, name);
      if (!/^\w[\w.-]*$/.test(name) || !existsSync(path)) throw new Fault(`the image layer ${name} is not there`);
      return path;
    });
    const name = machine.layers.at(-1);
    if (name !== BASE_LAYER) throw new Fault(`there is no base image "${name}"`);
    return { base: baseRoot(paths), layers };
  }

  async function stop(unit: Unit, graceMs: number, state: 'stopping' | 'shutting-down' = 'stopping'): Promise<void> {
    tell(unit, { state, boots: unit.record?.boots ?? 0, fault: null });
    if (!(await endAfter(unit.id, SIGNAL_POWEROFF, graceMs))) {
      log.warn({ machine: unit.id, graceMs }, 'did not shut down in time: killed');
      if (!(await endAfter(unit.id, 'KILL', KILL_MS))) log.error({ machine: unit.id }, 'no exit status after a kill');
    }
    unit.running = false;
    await runtime.remove(unit.id);
    runtime.forgetExit(unit.id);
  }

  /** true when its init has ended within the time. */
  async function endAfter(id: string, signal: number | 'KILL', ms: number): Promise<boolean> {
    const until = performance.now() + ms;
    const over = () => runtime.exitStatus(id) !== undefined || !runtime.alive(id);
    while (!over()) {
      if (performance.now() > until) return false;
      // Again at each turn: an init that has only begun has no handler yet, and the kernel drops the signal.
      await runtime.kill(id, signal);
      await news(id, Math.min(SIGNAL_MS, Math.max(0, until - performance.now())));
    }
    return true;
  }

  /** conmon tells of the end of it, or the time is over (conmon may have been killed). */
  function news(id: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      waiting.set(id, finish);
      if (runtime.exitStatus(id) !== undefined) finish();
    });
  }

  async function terminate(unit: Unit): Promise<void> {
    const boots = unit.record?.boots ?? 0;
    tell(unit, { state: 'shutting-down', boots, fault: null });
    if (unit.running) await stop(unit, stopMs ?? TERMINATE_MS, 'shutting-down');
    await runtime.remove(unit.id);
    runtime.forgetExit(unit.id);
    // Its files were made by its root: rm(1) walks by descriptor, follows no link, and no path is too long for it.
    await run('rm', ['-rf', '--one-file-system', folderOf(unit.id)]);
    units.delete(unit.id);
    tell(unit, { state: 'terminated', boots, fault: null });
  }

  return {
    async apply(plan) {
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
      await Promise.all([...units.values()].map(settle));
    },
    async observe() {
      await look();
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
      await look();
      for (const unit of units.values()) unit.wanted = 'down';
      await Promise.all([...units.values()].map(settle));
    },
    close() {
      watcher.close();
    },
  };
}

/** The base image's ec2-booted.service makes this file. Only looked for, never read: its root could put anything there. */
function reachedTarget(pidFile: string): boolean {
  try {
    return lstatSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/root/run/culvert/booted`).isFile();
  } catch {
    return false;
  }
}

/** Runs at most `count` at once, in the order they came. */
function limiter(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
