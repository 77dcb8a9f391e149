/**
 * `npm run fuzz -- --minutes N [--seed S]`: random topologies until the time is over or one of them is wrong; that is made smaller
 * and printed, to be kept in test/fuzz/cases. Needs root. Exit code 1: something is wrong.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { FuzzLab } from './lab.ts';
import { smaller } from './smaller.ts';
import { topologies } from './steps.ts';

const BATCH = 20;
/** Short: a failure is made smaller in many steps. */
const LATE_MS = 2000;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const first = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const end = performance.now() + Number(values.minutes) * 60_000;
console.log(`seed ${first}`);
const lab = new FuzzLab(LATE_MS);
try {
  for (let seed = first; performance.now() < end && process.exitCode === undefined; seed++) {
    for (const topology of fc.sample(topologies, { numRuns: BATCH, seed })) {
      const wrongs = await lab.wrongs(topology);
      if (wrongs.length === 0) continue;
      process.exitCode = 1;
      console.log(`with --seed ${seed}:\n${wrongs.join('\n')}`);
      if ((await lab.wrongs(topology)).length === 0) {
        console.log(`not again: this hangs on chance\n${JSON.stringify(topology)}`);
        break;
      }
      const least = await smaller(topology, async (each) => (await lab.wrongs(each)).length > 0);
      console.log(`smaller:\n${(await lab.wrongs(least)).join('\n')}\n${JSON.stringify(least)}`);
      break;
    }
  }
  const { topologies: made, packets, questions, fates } = lab.counts;
  console.log(`${made} topologies, ${packets} packets, ${questions} questions: ${JSON.stringify(fates)}`);
} finally {
  await lab.close();
}
