/** A disk that is full, on a file system of its own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../host/exec.ts';
import { explain } from '../../host/fault.ts';
import { put } from '../../model/edit.ts';
import type { KeyPair } from '../../model/resources.ts';
import { openStore } from './store.ts';

function key(id: string): KeyPair {
  const text = 'x'.repeat(2_000);
  return {
    kind: 'keyPair',
    id,
    account: '123456789012',
    region: 'ap-south-1',
    tags: { text },
    createdAt: '2026-01-01T00:00:00Z',
    name: id,
    type: 'ed25519',
    fingerprint: '',
    publicKey: '',
  };
}

test('a full disk is named, and takes nothing that was acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-full-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder]);
  try {
    const path = join(folder, 'store.sqlite');
    const acknowledged: string[] = [];
    const failures: string[] = [];
    const store = await openStore(path, { onFailure: (fault) => failures.push(explain(fault)) });
    for (let at = 0; failures.length === 0 && at < 1_000; at++) {
      store.commit([put(key(`key-${at}`))]);
      await store.durable().then(
        () => acknowledged.push(`key-${at}`),
        () => {},
      );
    }
    assert.match(failures.join(), /the store could not be written: .*(disk is full|disk I\/O error)/);
    assert.ok(acknowledged.length > 10);
    await store.close().catch(() => {});

    await run('mount', ['-o', 'remount,size=8m', folder]);
    const again = await openStore(path);
    const kept = [...again.intent.table('keyPair').all()].map(({ id }) => id);
    assert.deepEqual(kept.slice(0, acknowledged.length), acknowledged);
    again.commit([put(key('afterwards'))]);
    await again.durable();
    await again.close();
  } finally {
    await run('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  }
});
