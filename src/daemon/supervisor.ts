/**
 * Starts the edge and the control process, and once control says so the program that carries packets to the real world; starts them
 * again when they die, ever more slowly while they keep dying. Holds nothing: packets, names and credentials go on without it. What
 * it is asked to end, it ends in order: control first, so that nothing is made anew behind the teardown; then the others; then what
 * stands on the host.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explain } from '../host/fault.ts';
import { startOutside } from '../host/outside.ts';
import { type Paths, rootsOf } from '../host/paths.ts';
import { endProcess, forgetPid, notePid, type ProcessName } from './processes.ts';
import { type Settings, toEnvironment } from './settings.ts';

/** What a child tells its supervisor over the channel between them. */
export type ChildMessage =
  | { readonly is: 'ready'; readonly port?: number }
  /** It ends now. A restart may mend it, but not at the first start: there is nothing yet that would be worth waiting for. */
  | { readonly is: 'failed'; readonly sentence: string }
  /** The way outside is in force: who carries its packets is to run. `anew`: who runs now is at a tap that is gone. */
  | { readonly is: 'outside'; readonly anew: boolean }
  /** No restart mends it. */
  | { readonly is: 'fatal'; readonly exitCode: number; readonly sentence: string };

export interface Supervisor {
  /** Resolves with the port of the API when control is ready; rejects with what makes a start impossible. */
  readonly ready: Promise<number>;
  /** Resolves when control tells of something that no restart mends, after `ready`. */
  readonly broken: Promise<Extract<ChildMessage, { is: 'fatal' }>>;
  restarts(): Readonly<Record<ChildName, number>>;
  /** Ends all children; nothing is started after that. What stands on the host is left. */
  stop(): Promise<void>;
}

type ChildName = Exclude<ProcessName, 'supervisor'>;

const ENTRIES: Readonly<Record<Exclude<ChildName, 'outside'>, string>> = {
  edge: fileURLToPath(new URL('../edge/main.ts', import.meta.url)),
  control: fileURLToPath(new URL('main.ts', import.meta.url)),
};

/** node:sqlite says at each start that it is experimental. A small young generation: 10 MB less, and no slower here. */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'];

const FIRST_RESTART_MS = 50;
const LAST_RESTART_MS = 5000;
/** The exit code of a start that came to nothing. */
const FAILED = 1;
/** A child that lived this long starts with a clean record. */
const SETTLED_MS = 30_000;
/** In the order in which they end. Control finishes the running round and its replies; the others drop what they hold. */
const GRACE_MS: Readonly<Record<ChildName, number>> = { control: 8000, edge: 2000, outside: 2000 };

/** Of all that run, whoever started them. */
export async function endChildren(paths: Paths): Promise<void> {
  for (const [name, graceMs] of Object.entries(GRACE_MS)) await endProcess(paths, name as ChildName, graceMs);
}

export interface SupervisorOptions {
  readonly onRestart?: (name: ChildName, how: string) => void;
}

/** Ends what an earlier supervisor that was killed left running, then starts both. */
export async function startSupervisor(
  paths: Paths,
  settings: Settings,
  { onRestart }: SupervisorOptions = {},
): Promise<Supervisor> {
  mkdirSync(paths.run, { recursive: true, mode: 0o755 });
  await endChildren(paths);
  notePid(paths, 'supervisor', process.pid);

  const ready = Promise.withResolvers<number>();
  const broken = Promise.withResolvers<Extract<ChildMessage, { is: 'fatal' }>>();
  const children = new Map<ChildName, ChildProcess>();
  /** Of those that are to be started again. */
  const timers = new Map<ChildName, NodeJS.Timeout>();
  const restarts = { control: 0, edge: 0, outside: 0 };
  const failures = { control: 0, edge: 0, outside: 0 };
  let stopping = false;
  let started = false;
  /** The one that the system chose where 0 was asked for: clients know it, so a restart keeps it. */
  let port = settings.port;

  /** What it says goes to its log; the way outside has a short one, of its last start. */
  function launch(name: ChildName): ChildProcess {
    const log = openSync(paths.logFile(name), name === 'outside' ? 'w' : 'a', 0o600);
    try {
      if (name === 'outside') return startOutside(paths.netnsOf('internet'), { log, env: rootsOf(paths) });
      return spawn(process.execPath, [...NODE_FLAGS, ENTRIES[name]], {
        stdio: ['ignore', log, log, 'ipc'],
        env: {
          NODE_COMPILE_CACHE: join(paths.cache, 'compiled'),
          ...process.env,
          ...rootsOf(paths),
          ...toEnvironment({ ...settings, port }),
        },
        // Ctrl-C on the terminal is the supervisor's to hear: it ends its children in order.
        detached: true,
      });
    } finally {
      closeSync(log);
    }
  }

  function start(name: ChildName): void {
    const since = performance.now();
    let child: ChildProcess;
    try {
      child = launch(name);
    } catch (error) {
      startAgain(name, since, explain(error));
      return;
    }
    children.set(name, child);
    if (child.pid !== undefined) notePid(paths, name, child.pid);
    child.on('message', (message: ChildMessage) => {
      if (name !== 'control') return;
      if (message.is === 'ready') {
        started = true;
        port = message.port ?? port;
        ready.resolve(port);
        return;
      }
      if (message.is === 'outside') return startOutsideAt(message);
      if (message.is === 'failed' && started) return;
      stopping = true;
      const exitCode = message.is === 'fatal' ? message.exitCode : FAILED;
      ready.reject(Object.assign(new Error(message.sentence), { exitCode }));
      broken.resolve({ is: 'fatal', exitCode, sentence: message.sentence });
    });
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(signal === null ? `ended with ${code}` : `was ended by ${signal}`));

    function ended(how: string): void {
      if (children.get(name) !== child) return;
      children.delete(name);
      forgetPid(paths, name);
      startAgain(name, since, how);
    }
  }

  function startAgain(name: ChildName, since: number, how: string): void {
    if (stopping) return;
    failures[name] = performance.now() - since > SETTLED_MS ? 1 : failures[name] + 1;
    const wait = Math.min(FIRST_RESTART_MS * 2 ** (failures[name] - 1), LAST_RESTART_MS);
    onRestart?.(name, how);
    const timer = setTimeout(() => {
      timers.delete(name);
      restarts[name]++;
      start(name);
    }, wait);
    timers.set(name, timer);
  }

  function startOutsideAt({ anew }: Extract<ChildMessage, { is: 'outside' }>): void {
    const running = children.get('outside');
    if (stopping) return;
    if (running === undefined) {
      if (!timers.has('outside')) start('outside');
    } else if (anew) running.kill('SIGKILL');
  }

  // Nobody need wait for either.
  ready.promise.catch(() => {});
  start('edge');
  start('control');
  return {
    ready: ready.promise,
    broken: broken.promise,
    restarts: () => ({ ...restarts }),
    async stop() {
      stopping = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await endChildren(paths);
    },
  };
}
