/**
 * Starts the edge and the control process and starts them again when they die, ever more slowly while they keep dying. Holds
 * nothing: packets, names and credentials go on without it. What it is asked to end, it ends in order: control first, so
 * that nothing is made anew behind the teardown; then the edge; then what stands on the host.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Paths, rootsOf } from '../host/paths.ts';
import { endProcess, forgetPid, notePid, type ProcessName } from './processes.ts';
import { type Settings, toEnvironment } from './settings.ts';

/** What a child tells its supervisor over the channel between them. */
export type ChildMessage =
  | { readonly is: 'ready'; readonly port?: number }
  /** It ends now. A restart may mend it, but not at the first start: there is nothing yet that would be worth waiting for. */
  | { readonly is: 'failed'; readonly sentence: string }
  /** No restart mends it. */
  | { readonly is: 'fatal'; readonly exitCode: number; readonly sentence: string };

export interface Supervisor {
  /** Resolves with the port of the API when control is ready; rejects with what makes a start impossible. */
  readonly ready: Promise<number>;
  /** Resolves when control tells of something that no restart mends, after `ready`. */
  readonly broken: Promise<Extract<ChildMessage, { is: 'fatal' }>>;
  restarts(): Readonly<Record<'control' | 'edge', number>>;
  /** Ends both children; nothing is started after that. What stands on the host is left. */
  stop(): Promise<void>;
}

type ChildName = Exclude<ProcessName, 'supervisor'>;

const ENTRIES: Readonly<Record<ChildName, string>> = {
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
/** Control finishes the running round and its replies; the edge drops what it holds. */
const GRACE_MS: Readonly<Record<ChildName, number>> = { control: 8000, edge: 2000 };

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
  await endProcess(paths, 'control', GRACE_MS.control);
  await endProcess(paths, 'edge', GRACE_MS.edge);
  notePid(paths, 'supervisor', process.pid);

  const ready = Promise.withResolvers<number>();
  const broken = Promise.withResolvers<Extract<ChildMessage, { is: 'fatal' }>>();
  const children = new Map<ChildName, ChildProcess>();
  const timers = new Set<NodeJS.Timeout>();
  const restarts = { control: 0, edge: 0 };
  const failures = { control: 0, edge: 0 };
  let stopping = false;
  let started = false;
  /** The one that the system chose where 0 was asked for: clients know it, so a restart keeps it. */
  let port = settings.port;

  function start(name: ChildName): void {
    const log = openSync(paths.logFile(name), 'a', 0o600);
    const child = spawn(process.execPath, [...NODE_FLAGS, ENTRIES[name]], {
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
    closeSync(log);
    children.set(name, child);
    if (child.pid !== undefined) notePid(paths, name, child.pid);
    const since = performance.now();
    child.on('message', (message: ChildMessage) => {
      if (name !== 'control') return;
      if (message.is === 'ready') {
        started = true;
        port = message.port ?? port;
        ready.resolve(port);
        return;
      }
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
      if (stopping) return;
      failures[name] = performance.now() - since > SETTLED_MS ? 1 : failures[name] + 1;
      const wait = Math.min(FIRST_RESTART_MS * 2 ** (failures[name] - 1), LAST_RESTART_MS);
      onRestart?.(name, how);
      const timer = setTimeout(() => {
        timers.delete(timer);
        restarts[name]++;
        start(name);
      }, wait);
      timers.add(timer);
    }
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
      for (const timer of timers) clearTimeout(timer);
      await endProcess(paths, 'control', GRACE_MS.control);
      await endProcess(paths, 'edge', GRACE_MS.edge);
    },
  };
}
