/**
 * Runs a program in a running instance, in its namespaces, control group and rights, on the caller's own stdin, stdout and
 * stderr. Needs no control process. Not `nsenter`: that would keep the host's rights and stay outside the limits.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Fault } from '../host/fault.ts';
import type { Paths } from '../host/paths.ts';
import { createRuntime } from './crun.ts';
import { GUEST_PATH } from './oci.ts';

export interface ExecOptions {
  /** A terminal of its own; default: if our stdin and stdout are one. */
  readonly tty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** The program's exit code; 127 if there is none, 128 + n if a signal ended it. An instance that does not run is a Fault. */
export async function execInstance(
  paths: Paths,
  id: string,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<number> {
  const runtime = createRuntime(paths);
  const running = (await runtime.list()).some((container) => container.id === id && container.status === 'running');
  if (!running) throw new Fault(`${id} does not run`);
  const tty = options.tty ?? (process.stdin.isTTY === true && process.stdout.isTTY === true);
  const env = { PATH: GUEST_PATH, HOME: '/root', LANG: 'C.UTF-8', TERM: process.env.TERM ?? 'dumb', ...options.env };
  const [command, args] = runtime.command([
    'exec',
    ...(tty ? ['--tty'] : []),
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    // Through a shell: where a program is missing, crun 1.8 leaves a process behind that holds up the instance's shutdown.
    ...['--cwd', '/root', id, 'sh', '-c', 'exec "$@"', 'sh', ...argv],
  ]);
  const child = spawn(command, args, { stdio: 'inherit', env: { PATH: process.env.PATH } });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Fault(`cannot run ${command}`, error)));
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}
