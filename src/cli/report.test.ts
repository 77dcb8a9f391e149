import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../host/exec.ts';
import { readReport } from './report.ts';

const REPORTER = fileURLToPath(new URL('./report.ts', import.meta.url));

test('what passed, failed, was skipped, and which files to run again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-report-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = {
    'a.test.mjs': `import { describe, test } from 'node:test';
      describe('all', () => { test('bad', () => { throw new Error('x'); }); test('good', () => {}); });
      test('left out', { skip: true }, () => {});`,
    'b.test.mjs': 'process.exit(3);',
    'c.test.mjs': `import { test } from 'node:test'; test('good', () => {}); test('some day', { todo: true }, () => {});`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const told = join(folder, 'told');
  const args = ['--test', `--test-reporter=${REPORTER}`, `--test-reporter-destination=${told}`];
  const paths = Object.keys(files).map((name) => join(folder, name));
  // Inside a test the runner would report to its parent.
  await assert.rejects(run('env', ['-u', 'NODE_TEST_CONTEXT', process.execPath, ...args, ...paths]));
  const { failing, ...counts } = readReport(readFileSync(told, 'utf8'), folder);
  assert.deepEqual(counts, { passed: 2, failed: 2, skipped: 2, isWhole: true });
  assert.deepEqual([...failing].sort(), [
    ['a.test.mjs', ['bad']],
    ['b.test.mjs', [paths[1]]],
  ]);
});

test('a run that ended before its sum has failed', () => {
  for (const told of ['', '{"failed":{"file":"/a.kernel.ts","name":"bad"}}\n']) {
    const { failed, isWhole } = readReport(told, '/');
    assert.deepEqual([failed, isWhole], [1, false]);
  }
});
