/** `culvert bench`: the ratios of bench/, measured side by side in one run on this machine. Brings the programs it compares with. */
import type { Paths } from '../host/paths.ts';
import { needKernel, needRoot } from './checks.ts';
import { runHere } from './run-here.ts';
import { needBase } from './up.ts';

export async function bench(paths: Paths, names: readonly string[]): Promise<void> {
  needRoot('culvert bench');
  await needKernel();
  await needBase(paths);
  process.exitCode = await runHere(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    'bench/main.ts',
    ...names,
  ]);
}
