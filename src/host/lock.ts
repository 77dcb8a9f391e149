/** Locks of files, between processes: whoever makes something on this machine that others make too. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Fault } from './fault.ts';

const TELL_MS = 1000;

/**
 * Waits for the lock, however long; what is returned gives it back. flock(1) held by a child that ends with our end of its pipe: who is
 * killed never leaves a lock behind. `waiting`: is called once where another one has it for a second.
 */
export async function lock(path: string, waiting: () => void = () => {}): Promise<() => void> {
  const child = spawn('flock', [path, 'sh', '-c', 'echo locked; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const timer = setTimeout(waiting, TELL_MS);
  try {
    await firstLine(child, 'flock');
  } finally {
    clearTimeout(timer);
  }
  return () => child.stdin.end();
}

/** Of what it writes. Throws a Fault where it ends before. */
export function firstLine(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout as Readable }).once('line', resolve);
    child.once('error', (error) => reject(new Fault(`cannot start ${name}`, error)));
    child.once('exit', (code) => reject(new Fault(`${name} ended with ${code}`)));
  });
}
