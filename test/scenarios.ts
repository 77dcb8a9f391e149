/**
 * For kernel tests: every scenario file of scenarios/, each on a Culvert of its own: calls through the AWS SDK, packets by analyser and
 * kernel. In several shares, which are played at the same time. GOLDEN=write puts what both say in place of what was expected.
 */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { before, test } from 'node:test';
import { hostPaths } from '../src/host/paths.ts';
import { bringPrograms } from '../src/host/testing/programs.ts';
import { findingText } from '../src/scenario/finding.ts';
import { rewrite } from '../src/scenario/golden.ts';
import { playFile } from '../src/scenario/play.ts';

const ROOT = join(import.meta.dirname, '..');
/** Each a file of tests. */
export const SHARES = 4;

/** In their order, relative to the project. */
export function scenarioFiles(): readonly string[] {
  return globSync('scenarios/*/*.md', { cwd: ROOT, exclude: ['scenarios/parts/**'] }).sort();
}

/** `share`: 1 to SHARES. Those of a folder are alike, so each share has some of every folder. */
export function playsScenarios(share: number): void {
  // Where the launcher would have put them.
  before(async () => {
    const { cache } = hostPaths();
    await bringPrograms({ packages: { unbound: ['unbound'] }, folder: join(cache, 'unbound') });
    await bringPrograms({ packages: { slirp4netns: ['slirp4netns'] }, folder: join(cache, 'test-tools') });
  });

  for (const file of scenarioFiles().filter((_, at) => at % SHARES === share - 1)) {
    test(file, { timeout: 300_000 }, async () => {
      const { findings, stopped } = await playFile(join(ROOT, file));
      if (process.env.GOLDEN === 'write') rewrite(findings);
      const texts = findings.map((finding) => findingText({ ...finding, file: relative(ROOT, finding.file) }));
      assert.equal([...texts, stopped ?? ''].join('\n').trim(), '');
    });
  }
}
