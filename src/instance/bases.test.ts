import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { noteUse, pruneBases, touchBase } from './bases.ts';

const root = mkdtempSync(join(tmpdir(), 'culvert-bases-'));
const bases = join(root, 'base');
const home = join(root, 'home');
const [CURRENT, OLD, OTHER] = ['0123456789ab', 'aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Long after all that happens here. */
const LATER = Date.now() + 30 * DAY_MS;

beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  for (const hash of [CURRENT, OLD, OTHER]) mkdirSync(join(bases, hash, 'root', 'etc'), { recursive: true });
});
after(() => rmSync(root, { recursive: true, force: true }));

function disk(id: string, base: string): void {
  mkdirSync(join(home, 'instances', id), { recursive: true });
  writeFileSync(join(home, 'instances', id, 'machine.json'), JSON.stringify({ boots: 1, endedInside: false, base }));
}

test('bases that nobody needs go, the current one stays', async () => {
  assert.deepEqual((await pruneBases(bases, CURRENT, LATER)).toSorted(), [OLD, OTHER]);
  assert.deepEqual(readdirSync(bases), [CURRENT]);
});

test('one that was used within a week stays', async () => {
  const now = Date.now();
  utimesSync(join(bases, OLD), new Date(now - 8 * DAY_MS), new Date(now - 8 * DAY_MS));
  assert.deepEqual(await pruneBases(bases, CURRENT, now), [OLD]);
  utimesSync(join(bases, OTHER), new Date(now - 8 * DAY_MS), new Date(now - 8 * DAY_MS));
  touchBase(bases, OTHER);
  assert.deepEqual(await pruneBases(bases, CURRENT, now), []);
});

test('one that a disk or an image of any home lies on stays', async () => {
  noteUse({ bases, home }, OLD);
  disk('i-1', OLD);
  disk('i-2', CURRENT);
  noteUse({ bases, home }, OTHER);
  noteUse({ bases, home: join(root, 'home-that-is-gone') }, OTHER);
  mkdirSync(join(home, 'images', 'ami-1', 'root'), { recursive: true });
  writeFileSync(join(home, 'images', 'ami-1', 'image.json'), JSON.stringify({ base: OTHER }));
  mkdirSync(join(home, 'images', 'trust-1'));
  assert.deepEqual(await pruneBases(bases, CURRENT, LATER), []);
  rmSync(join(home, 'instances', 'i-1'), { recursive: true });
  assert.deepEqual(await pruneBases(bases, CURRENT, LATER), [OLD]);
  rmSync(join(home, 'images', 'ami-1'), { recursive: true });
  assert.deepEqual(await pruneBases(bases, CURRENT, LATER), [OTHER]);
});

test('nothing but bases is removed', async () => {
  for (const name of ['.lock', 'readme', 'aaaaaaaaaaaaa']) writeFileSync(join(bases, name), '');
  mkdirSync(join(bases, '.new-aaaaaaaaaaaa'));
  await pruneBases(bases, CURRENT, LATER);
  for (const name of ['.lock', 'readme', 'aaaaaaaaaaaaa', '.new-aaaaaaaaaaaa'])
    assert.ok(existsSync(join(bases, name)));
});
