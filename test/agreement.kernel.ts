/**
 * The analyser and the kernel must agree: random topologies by random API calls, then packets and DNS questions; and those where
 * they did not agree once. Always the same ones here; `npm run fuzz` makes others. Needs root.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { FuzzLab } from './fuzz/lab.ts';
import { type Topology, topologies } from './fuzz/steps.ts';

const SEEDS = Array.from({ length: 6 }, (_, at) => at + 1);
const TOPOLOGIES_OF_A_SEED = 50;
const CASES = join(import.meta.dirname, 'fuzz/cases');

const lab = new FuzzLab();
after(() => lab.close());

for (const path of globSync('*.json', { cwd: CASES }).sort()) {
  test(`once wrong: ${basename(path, '.json').replaceAll('-', ' ')}`, async () => {
    assert.deepEqual(await lab.wrongs(JSON.parse(readFileSync(join(CASES, path), 'utf8')) as Topology), []);
  });
}

for (const seed of SEEDS) {
  test(`${TOPOLOGIES_OF_A_SEED} topologies of seed ${seed}`, async () => {
    for (const topology of fc.sample(topologies, { numRuns: TOPOLOGIES_OF_A_SEED, seed })) {
      const wrongs = await lab.wrongs(topology);
      assert.equal(wrongs.length, 0, `${wrongs.join('\n')}\n${JSON.stringify(topology)}`);
    }
  });
}
