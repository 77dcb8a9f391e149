/**
 * The container runtime, one call each: crun for the container, conmon as its console's keeper (it outlives us, so that the
 * console log and the exit code do too). Every call runs in a private mount namespace where the hybrid cgroup hierarchy that
 * crun refuses is hidden and, for a launch, the root file system is mounted: the host's mount table never changes.
 * See crun(1), conmon(8).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../host/exec.ts';
import { Fault } from '../host/fault.ts';
import type { Paths } from '../host/paths.ts';
import { type CgroupMode, cgroupParent, delegateCgroup, hostCgroupMode, removeCgroup } from './cgroups.ts';
import { type OciInput, ociConfig } from './oci.ts';

const LAUNCH_TIMEOUT_MS = 60_000;
/** 10 ms each, for conmon to end after its container, before it is killed. */
const KEEPER_LOOKS = 200;
/** Of the console log on disk; conmon then begins a new one. An instance must not fill the host's disk through it. */
const CONSOLE_LIMIT_BYTES = 1 << 20;
/**
 * Where the root file system is mounted, in the private mount namespace only. crun comes to it with the rights of the instance's
 * user namespace, so no folder above it may be closed to others; ours are.
 */
const ROOTFS = '/mnt';
/** SIGRTMIN+3, systemd's request to power off, by number: Node knows no real-time signals by name. */
export const SIGNAL_POWEROFF = 37;

export interface Launch {
  readonly id: string;
  /** Read-only, top first. */
  readonly layers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly consoleLog: string;
  readonly oci: Omit<OciInput, 'rootfs' | 'cgroup' | 'cgroupMode' | 'arch'>;
}

export interface Container {
  readonly id: string;
  readonly pid: number;
  readonly status: 'created' | 'running' | 'paused' | 'stopped' | 'creating';
}

export interface Runtime {
  /** Creates and starts. Throws a Fault with the runtime's own sentence; nothing of the container is left then. */
  launch(launch: Launch): Promise<void>;
  list(): Promise<Container[]>;
  /** Its first process is there. */
  alive(id: string): boolean;
  /** Holds all its processes still, and lets them go on. */
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  /** A container that has ended already is fine. */
  kill(id: string, signal: number | 'KILL'): Promise<void>;
  /** Kills what still runs and removes all that the runtime keeps of it. */
  remove(id: string): Promise<void>;
  /** Command line that runs crun with these arguments. */
  command(args: readonly string[]): readonly [command: string, args: string[]];
  /** Where conmon leaves an exit status, in a file named after the container, when its first process has ended. */
  readonly exits: string;
  exitStatus(id: string): number | undefined;
  forgetExit(id: string): void;
}

export function createRuntime(paths: Paths, mode: CgroupMode = hostCgroupMode()): Runtime {
  const state = join(paths.run, 'crun');
  const exits = join(paths.run, 'exits');
  const sockets = join(paths.run, 'conmon');
  const parent = cgroupParent(paths.run);
  const global = ['--cgroup-manager=cgroupfs', '--root', state];
  const bundleOf = (id: string) => join(paths.run, 'instances', id);
  const groupOf = (id: string) => `${parent}/${id}`;
  for (const dir of [state, exits, sockets, join(paths.run, 'instances')])
    mkdirSync(dir, { recursive: true, mode: 0o711 });

  const command = (args: readonly string[]) => hidden(mode, [], ['crun', ...global, ...args]);
  const crun = (args: readonly string[]) => run(...command(args), { timeoutMs: LAUNCH_TIMEOUT_MS });

  const list = async (): Promise<Container[]> => {
    const { stdout } = await crun(['list', '-f', 'json']);
    return (JSON.parse(stdout.trim() || '[]') as Container[] | null) ?? [];
  };

  const remove = async (id: string): Promise<void> => {
    if ((await list()).some((container) => container.id === id)) await crun(['delete', '--force', id]);
    await keeperEnded(join(bundleOf(id), 'conmon.pid'), id);
    removeCgroup(mode, groupOf(id));
    removeCgroup(mode, parent);
    rmSync(bundleOf(id), { recursive: true, force: true });
    rmSync(join(sockets, id), { recursive: true, force: true });
  };

  return {
    exits,
    command,
    list,
    remove,
    async pause(id) {
      await crun(['pause', id]);
    },
    async resume(id) {
      await crun(['resume', id]);
    },
    async kill(id, signal) {
      try {
        await crun(['kill', id, String(signal)]);
      } catch (error) {
        if ((await list()).some((container) => container.id === id && container.status !== 'stopped')) throw error;
      }
    },
    alive(id) {
      return processLives(pidIn(join(bundleOf(id), 'pid')));
    },
    exitStatus(id) {
      const status = read(join(exits, id));
      return status === '' ? undefined : Number(status);
    },
    forgetExit(id) {
      rmSync(join(exits, id), { force: true });
    },
    async launch({ id, layers, upper, work, consoleLog, oci }) {
      await remove(id);
      rmSync(join(exits, id), { force: true });
      rmSync(consoleLog, { force: true });
      const bundle = bundleOf(id);
      mkdirSync(bundle, { mode: 0o700 });
      const config = ociConfig({ ...oci, rootfs: ROOTFS, cgroup: groupOf(id), cgroupMode: mode, arch: process.arch });
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
      const [shell, args] = hidden(
        mode,
        ['-t', 'overlay', '-o', overlayOptions(layers, upper, work), 'overlay', ROOTFS],
        [
          ...['conmon', '--cid', id, '--cuuid', id, '--name', id, '--runtime', program('crun')],
          ...global.flatMap((argument) => ['--runtime-arg', argument]),
          ...[
            '--bundle',
            bundle,
            '--container-pidfile',
            join(bundle, 'pid'),
            '--conmon-pidfile',
            join(bundle, 'conmon.pid'),
          ],
          ...['--log-path', `k8s-file:${consoleLog}`, '--log-size-max', String(CONSOLE_LIMIT_BYTES)],
          ...['--exit-dir', exits, '--socket-dir-path', sockets, '--terminal'],
        ],
      );
      try {
        await created(
          spawn(shell, args, {
            // Its own session, so that a Ctrl-C meant for us does not end the instances. Nothing of our environment goes in.
            detached: true,
            // conmon leaves a file named "oom" where it stands when an instance ran out of memory.
            cwd: bundle,
            env: { PATH: process.env.PATH, _OCI_SYNCPIPE: '3' },
            stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
          }),
        );
        delegateCgroup(mode, groupOf(id));
        await crun(['start', id]);
      } catch (error) {
        await remove(id).catch(() => undefined);
        throw new Fault(`${id} could not be started`, error);
      }
    },
  };
}

/** conmon ends by itself a moment after its container; who asks for removal may look for processes at once. */
async function keeperEnded(pidFile: string, id: string): Promise<void> {
  const pid = pidIn(pidFile);
  const lives = () => processLives(pid) && read(`/proc/${pid}/cmdline`).split('\0').includes(id);
  for (let looks = 0; lives(); looks++) {
    if (looks === KEEPER_LOOKS) process.kill(pid, 'SIGKILL');
    await sleep(10);
  }
}

/** A zombie has ended, whoever should reap it. */
function processLives(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  // The state follows the name, which may itself hold a parenthesis.
  return stat !== '' && stat[stat.lastIndexOf(')') + 2] !== 'Z';
}

/** 0, which is no process, if there is no such file. */
function pidIn(file: string): number {
  return Number(read(file));
}

/** '' if it is not there, or its process ended while it was read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

/** conmon wants its runtime by an absolute path. */
function program(name: string): string {
  const found = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Fault(`${name} is not installed`);
  return found;
}

/** overlayfs knows no other way to tell where a path ends. */
export function overlayOptions(layers: readonly string[], upper: string, work: string): string {
  const odd = [...layers, upper, work].find((path) => /[:,\\]/.test(path));
  if (odd !== undefined) throw new Fault(`a path of an instance's file system must not hold ":", "," or "\\": ${odd}`);
  return `lowerdir=${layers.join(':')},upperdir=${upper},workdir=${work}`;
}

/**
 * Slave propagation: pins of namespaces that the host removes go here too, but no mount comes out. The unified hierarchy is
 * unmounted and its mount point left alone: removing that folder would unmount it in the host.
 */
function hidden(
  mode: CgroupMode,
  mount: readonly string[],
  program: readonly string[],
): readonly [command: string, args: string[]] {
  const script = [
    'set -e',
    ...(mode === 'hybrid' ? ['umount /sys/fs/cgroup/unified'] : []),
    'n=$1',
    'shift',
    // Counted arguments: those of mount, then the program's.
    'if [ "$n" -gt 0 ]; then mount "$1" "$2" "$3" "$4" "$5" "$6"; shift 6; fi',
    'exec "$@"',
  ].join('\n');
  const args = [
    '--mount',
    '--propagation',
    'slave',
    'sh',
    '-c',
    script,
    'sh',
    String(mount.length),
    ...mount,
    ...program,
  ];
  return ['unshare', args];
}

/** conmon says on its pipe which process it made, or why it could not. Its errors before that are on stderr. */
function created(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Fault(`conmon said nothing for ${LAUNCH_TIMEOUT_MS} ms`));
    }, LAUNCH_TIMEOUT_MS);
    const finish = (fault?: Fault) => {
      clearTimeout(timer);
      (child.stdio[3] as Readable).destroy();
      child.stderr?.destroy();
      child.unref();
      if (fault === undefined) resolve();
      else reject(fault);
    };
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-2000);
    });
    child.once('error', (error) => finish(new Fault('cannot start conmon', error)));
    child.once('exit', (code) => {
      if (code !== 0) finish(new Fault(`conmon ended with ${code}: ${stderr.trim()}`));
    });
    createInterface({ input: child.stdio[3] as Readable }).once('line', (line) => {
      const told = JSON.parse(line) as { pid?: number; data?: number; message?: string };
      const pid = told.pid ?? told.data ?? -1;
      finish(pid > 0 ? undefined : new Fault(`crun: ${told.message?.trim() ?? line}`));
    });
  });
}
