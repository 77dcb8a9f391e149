/**
 * Runs a program to its end. No shell: arguments go through as they are. A status other than 0, a signal or a timeout is a
 * Fault with the end of what it wrote to stderr.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Fault } from './fault.ts';
import { inNetns } from './netns.ts';

const STDERR_SHOWN = 2000;

export interface RunOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Path of a pinned network namespace that the program is started in (its mounts stay the host's). */
  readonly netns?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { netns, timeoutMs = 60_000 } = options;
  const start = () =>
    spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
  const child = netns === undefined ? start() : inNetns(netns, start);
  const done = outcome(child, command, timeoutMs);
  // A program that ends without reading its input closes the pipe: its status tells what was wrong, not EPIPE.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return done;
}

function outcome(child: ChildProcess, command: string, timeoutMs: number): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Fault(`cannot start ${command}`, error));
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const result = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
      if (status === 0) return resolve(result);
      const how = late ? `did not end within ${timeoutMs} ms` : `ended with ${status ?? signal}`;
      reject(new Fault(`${command} ${how}: ${result.stderr.trim().slice(-STDERR_SHOWN)}`));
    });
  });
}
