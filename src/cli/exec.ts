/** `culvert exec` and `culvert shell`: a command in an instance, on this terminal, with its exit code. */
import type { Paths } from '../host/paths.ts';
import { execInstance } from '../instance/exec.ts';
import { needRoot } from './checks.ts';

export async function exec(paths: Paths, instance: string, command: readonly string[]): Promise<void> {
  needRoot('culvert exec');
  // Commander passes the dashes on where they stand between the arguments.
  const words = command[0] === '--' ? command.slice(1) : command;
  process.exitCode = await execInstance(paths, instance, words);
}
