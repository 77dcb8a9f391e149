/** `node test/fuzz/seed.ts SEED COUNT`: so many topologies of a seed. What is wrong with the first that is, and itself as JSON; exit code 1. Needs root. */
import fc from 'fast-check';
import { FuzzLab } from './lab.ts';
import { topologies } from './steps.ts';

const [seed, numRuns] = process.argv.slice(2).map(Number);
if (seed === undefined || numRuns === undefined) throw new Error('a seed and a count');
const lab = new FuzzLab();
try {
  for (const topology of fc.sample(topologies, { numRuns, seed })) {
    const wrongs = await lab.wrongs(topology);
    if (wrongs.length === 0) continue;
    console.log(`${wrongs.join('\n')}\n${JSON.stringify(topology)}`);
    process.exitCode = 1;
    break;
  }
} finally {
  await lab.close();
}
