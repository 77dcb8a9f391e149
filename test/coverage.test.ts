import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COVERAGE_FILE, coverageText } from '../scripts/coverage.ts';

test('docs/coverage.md is what the program answers; npm run coverage writes it', () => {
  assert.equal(readFileSync(COVERAGE_FILE, 'utf8'), coverageText());
});

test('it tells what works, what is refused, and the members that are', () => {
  const lines = coverageText().split('\n');
  assert.ok(lines.some((line) => line.startsWith('- CreateVpc — Ipv6Pool, ')));
  assert.ok(lines.some((line) => /^- \*\*Attach\*\*: .*\bAttachVolume\b/.test(line)));
  assert.ok(lines.includes('- DeleteVpc'));
});
