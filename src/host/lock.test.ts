import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { firstLine, lock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-lock-'));
after(() => rmSync(folder, { recursive: true }));

test('who waits is told so, and has the lock when it is given back', async () => {
  const path = join(folder, 'one');
  const unlock = await lock(path);
  const told = Promise.withResolvers<void>();
  let isGiven = false;
  const next = lock(path, told.resolve);
  void next.then(() => {
    isGiven = true;
  });
  await told.promise;
  assert.ok(!isGiven);
  unlock();
  (await next)();
});

test('a process that is killed leaves no lock behind', async () => {
  const path = join(folder, 'two');
  const program = `await (await import('${join(import.meta.dirname, 'lock.ts')}')).lock('${path}'); console.log('has it'); setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.equal(await firstLine(other, 'node'), 'has it');
  other.kill('SIGKILL');
  await once(other, 'close');
  (await lock(path))();
});

test('where no lock can be had it throws', async () => {
  await assert.rejects(lock(join(folder, 'missing', 'lock')), /flock ended with/);
});
