/**
 * `npm run fuzz -- --minutes N [--seed S]`: random topologies until the time is over or one of them is wrong; that is made smaller
 * and printed, to be kept in test/fuzz/cases. Needs root. Exit code 1: something is wrong; 130: it was interrupted, after what was begun.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { FuzzLab } from './lab.ts';
import { Progress, summaryOf } from './progress.ts';
import { smaller } from './smaller.ts';
import { type Topology, topologies } from './steps.ts';

const BATCH = 20;
/** Short: a failure is made smaller in many steps. */
const LATE_MS = 2000;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const first = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const progress = new Progress(process.stdout, Number(values.minutes));
progress.print(`seed ${first}`);
const lab = new FuzzLab(LATE_MS);
// Once only: whoever cannot wait ends it by the second.
process.once('SIGINT', () => {
  process.exitCode = 130;
});
try {
  for (let seed = first; goesOn(); seed++) {
    for (const topology of fc.sample(topologies, { numRuns: BATCH, seed })) {
      const wrongs = await lab.wrongs(topology);
      progress.tell(lab.counts);
      if (wrongs.length > 0) await tellWrong(topology, wrongs, seed);
      if (!goesOn()) break;
    }
  }
  progress.print(summaryOf(lab.counts, progress.elapsedMs));
  if (process.exitCode === undefined) progress.print('✓ analyser and kernel tell the same of all');
} finally {
  await lab.close();
}

function goesOn(): boolean {
  return process.exitCode === undefined && !progress.isOver;
}

async function tellWrong(topology: Topology, wrongs: readonly string[], seed: number): Promise<void> {
  process.exitCode ??= 1;
  progress.print(`✗ with --seed ${seed}:\n${wrongs.join('\n')}`);
  // Of its own: what is tried here is not counted.
  const again = new FuzzLab(LATE_MS);
  try {
    if ((await again.wrongs(topology)).length === 0) {
      progress.print(`not again: this hangs on chance\n${JSON.stringify(topology)}`);
      return;
    }
    const least = await smaller(topology, async (each) => {
      progress.tell(again.counts, 'making it smaller: ');
      return process.exitCode === 1 && (await again.wrongs(each)).length > 0;
    });
    progress.print(`smaller:\n${(await again.wrongs(least)).join('\n')}\n${JSON.stringify(least)}`);
  } finally {
    await again.close();
  }
}
