/** A world that cannot be made. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createWorld } from './world.ts';

test('a failure on the way leaves nothing behind', async () => {
  const before = { TMPDIR: process.env.TMPDIR, CULVERT_LOG: process.env.CULVERT_LOG };
  const folder = mkdtempSync(join(tmpdir(), 'culvert-world-'));
  Object.assign(process.env, { TMPDIR: folder, CULVERT_LOG: 'no such level' });
  try {
    await assert.rejects(
      createWorld({ services: false, internet: false, onPlan: async () => undefined }),
      /no such level/,
    );
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmdirSync(folder);
  }
});
