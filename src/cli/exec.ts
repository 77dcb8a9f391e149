/** `culvert exec` and `culvert shell`: a command in an instance, on this terminal, with its exit code. */
import { findProcess, PROCESS_NAMES } from '../daemon/processes.ts';
import type { Paths } from '../host/paths.ts';
import { execInstance } from '../instance/exec.ts';
import { needRoot } from './checks.ts';
import { notRunning } from './control.ts';

export async function exec(paths: Paths, instance: string, command: readonly string[]): Promise<void> {
  needRoot('culvert exec');
  // Commander passes the dashes on where they stand between the arguments.
  const words = command[0] === '--' ? command.slice(1) : command;
  try {
    process.exitCode = await execInstance(paths, instance, words);
  } catch (error) {
    // It is the instance that counts: with it, a Culvert whose processes were killed is as good as any.
    if (PROCESS_NAMES.every((name) => findProcess(paths, name) === undefined)) throw notRunning(paths);
    throw error;
  }
}
