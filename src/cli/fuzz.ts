/**
 * `culvert fuzz`: random topologies, in which the analyser and the kernel must agree, until the time is over or they do not
 * (test/fuzz/main.ts). An interrupt is that program's own affair: it ends what it has begun, and tells what it saw.
 */
import { needKernel, needRoot } from './checks.ts';
import { Exit } from './exits.ts';
import { runHere } from './run-here.ts';

export interface FuzzOptions {
  readonly minutes: string;
  readonly seed?: string;
}

export async function fuzz({ minutes, seed }: FuzzOptions): Promise<void> {
  if (!(Number(minutes) > 0)) throw new Exit('usage', `--minutes is a number above 0, not ${minutes}`);
  if (seed !== undefined && !/^\d{1,10}$/.test(seed)) throw new Exit('usage', `--seed is a whole number, not ${seed}`);
  needRoot('culvert fuzz');
  await needKernel();
  process.on('SIGINT', () => undefined);
  process.exitCode = await runHere(process.execPath, [
    ...['--disable-warning=ExperimentalWarning', 'test/fuzz/main.ts', '--minutes', minutes],
    ...(seed === undefined ? [] : ['--seed', seed]),
  ]);
}
