/**
 * The analyser and the kernel must agree: random topologies by random API calls, then packets and DNS questions; and those where
 * they did not agree once. Always the same ones here; `npm run fuzz` makes others. Needs root.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FuzzLab } from './fuzz/lab.ts';
import type { Topology } from './fuzz/steps.ts';

const SEEDS = Array.from({ length: 10 }, (_, at) => at + 1);
const TOPOLOGIES_OF_A_SEED = 50;
/** Beside each other: half of the time of one is the kernel's, behind it. */
const AT_ONCE = 2;
const FUZZ = join(import.meta.dirname, 'fuzz');
const CASES = join(FUZZ, 'cases');

const lab = new FuzzLab();
after(() => lab.close());

for (const path of globSync('*.json', { cwd: CASES }).sort()) {
  test(`once wrong: ${basename(path, '.json').replaceAll('-', ' ')}`, async () => {
    assert.deepEqual(await lab.wrongs(JSON.parse(readFileSync(join(CASES, path), 'utf8')) as Topology), []);
  });
}

describe('random topologies', { concurrency: AT_ONCE }, () => {
  for (const seed of SEEDS) {
    test(`${TOPOLOGIES_OF_A_SEED} topologies of seed ${seed}`, async () => {
      const { promise, resolve } = Promise.withResolvers<string | null>();
      const args = [join(FUZZ, 'seed.ts'), String(seed), String(TOPOLOGIES_OF_A_SEED)];
      execFile(process.execPath, args, { maxBuffer: 2 ** 24 }, (error, output, complaints) =>
        resolve(error === null ? null : `${output}${complaints}`),
      );
      assert.equal(await promise, null);
    });
  }
});
