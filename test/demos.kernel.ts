/** The labs, played as a user plays them: every step and the empty host afterwards must be as the story tells. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CULVERT = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const STEPS = { sqs: 7, service: 7, hub: 7, compare: 7, why: 16, policies: 8, bill: 6 } as const;
/** A secret access key, or one named in any other form. */
const SECRET = /(?<![\w+/])[A-Za-z0-9+/]{40}(?![\w+/])|SECRET_ACCESS_KEY=(?!\*{4} )/;

interface Report {
  readonly ok: boolean;
  readonly failure: string | null;
  readonly after: string;
  readonly steps: readonly { readonly title: string; readonly ok: boolean }[];
}

for (const [story, count] of Object.entries(STEPS)) {
  test(`culvert demo ${story}: each step does what it should, and nothing is left on the host`, {
    timeout: 400_000,
  }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CULVERT, 'demo', story, '--json'], {
      encoding: 'utf8',
    });
    assert.notEqual(stdout, '', stderr);
    const report = JSON.parse(stdout) as Report;
    assert.equal(report.failure, null, stderr);
    assert.deepEqual(
      report.steps.map(({ ok }) => ok),
      Array(count).fill(true),
    );
    assert.match(report.after, /nothing is left/);
    assert.doesNotMatch(stdout + stderr, SECRET);
    assert.equal(status, 0);
  });
}
