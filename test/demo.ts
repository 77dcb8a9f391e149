/**
 * For kernel tests: the labs, played as a user plays them. Every step and the empty host afterwards must be as the story tells. In
 * several files, which are run at the same time.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CULVERT = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
/** A secret access key, or one named in any other form. */
const SECRET = /(?<![\w+/])[A-Za-z0-9+/]{40}(?![\w+/])|SECRET_ACCESS_KEY=(?!\*{4} )/;

interface Report {
  readonly ok: boolean;
  readonly failure: string | null;
  readonly after: string;
  readonly steps: readonly { readonly title: string; readonly ok: boolean }[];
}

/** `steps`: how many the story has. */
export function playsDemo(story: string, steps: number): void {
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
      Array(steps).fill(true),
    );
    assert.match(report.after, /nothing is left/);
    assert.doesNotMatch(stdout + stderr, SECRET);
    assert.equal(status, 0);
  });
}
