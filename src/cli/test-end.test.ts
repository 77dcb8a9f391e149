import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../host/exec.ts';
import { readReport } from './report.ts';

const REPORTER = fileURLToPath(new URL('./report.ts', import.meta.url));

test('a file whose process does not end by itself is told with what is open, and fails; its tests count', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-test-end-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = {
    'end.mjs': `import { boundEnd } from ${JSON.stringify(import.meta.resolve('./test-end.ts'))};
      if (process.argv[1].endsWith('a.test.mjs')) boundEnd(10, 200);
      if (process.argv[1].endsWith('b.test.mjs')) boundEnd(60_000, 120_000);`,
    'a.test.mjs': `import { after, test } from 'node:test'; import { createServer } from 'node:net';
      test('leaks', () => { createServer().listen(0); }); after(() => console.error('own end'));`,
    'b.test.mjs': `import { test } from 'node:test'; test('ends', () => {});`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const told = join(folder, 'told');
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${told}`],
  ];
  const args = [`--import=${join(folder, 'end.mjs')}`, '--test', ...reporters];
  const paths = ['a.test.mjs', 'b.test.mjs'].map((name) => join(folder, name));
  // Inside a test the runner would report to its parent.
  const command = 'env -u NODE_TEST_CONTEXT "$@" || echo "code $?"';
  const { stdout } = await run('sh', ['-c', command, 'sh', process.execPath, ...args, ...paths], {
    timeoutMs: 50_000,
  });
  assert.match(stdout, /own end/);
  assert.match(stdout, /a\.test\.mjs: its tests are over, and its process does not end yet; open: .*1 TCPServerWrap/);
  assert.match(stdout, /a\.test\.mjs: its tests are over, and its process did not end; open: .*1 TCPServerWrap/);
  assert.doesNotMatch(stdout, /b\.test\.mjs: its tests/);
  assert.equal(stdout.match(/does not end yet/g)?.length, 1, 'the runner is no test file');
  assert.match(stdout, /code 1\n$/);
  const { failing, ...counts } = readReport(readFileSync(told, 'utf8'), folder);
  assert.deepEqual(counts, { passed: 2, failed: 1, skipped: 0, isWhole: true });
  assert.deepEqual([...failing], [['a.test.mjs', [paths[0]]]]);
});
