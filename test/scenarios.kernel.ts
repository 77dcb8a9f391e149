/**
 * Every scenario file of scenarios/, each on a Culvert of its own: calls through the AWS SDK, packets by analyser and kernel.
 * GOLDEN=write puts what both say in place of what was expected.
 */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { findingText } from '../src/scenario/finding.ts';
import { rewrite } from '../src/scenario/golden.ts';
import { playFile } from '../src/scenario/play.ts';

const ROOT = join(import.meta.dirname, '..');
const files = globSync('scenarios/*/*.md', { cwd: ROOT, exclude: ['scenarios/parts/**'] }).sort();

test('there are scenarios', () => assert.ok(files.length > 0));

for (const file of files) {
  test(file, { timeout: 120_000 }, async () => {
    const { findings, stopped } = await playFile(join(ROOT, file));
    if (process.env.GOLDEN === 'write') rewrite(findings);
    const texts = findings.map((finding) => findingText({ ...finding, file: relative(ROOT, finding.file) }));
    assert.equal([...texts, stopped ?? ''].join('\n').trim(), '');
  });
}
