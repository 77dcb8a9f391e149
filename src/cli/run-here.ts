/** Runs a program of this project in its folder, on this terminal, with this Node first on the PATH. Yields its exit code. */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function runHere(command: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env });
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
