import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isSessionKeyId, open, openSession, seal, sealKey, sealSession, sessionKeyId } from './seal.ts';

const root = mkdtempSync(join(tmpdir(), 'culvert-seal-'));
after(() => rmSync(root, { recursive: true }));

const path = join(root, 'keys', 'seal.key');
const key = sealKey(path);
const session = {
  secret: 's',
  principal: { kind: 'root', account: '111122223333' },
  expiresAt: '2026-01-01T00:00:00Z',
};

test('the key is made once, readable by its owner only', () => {
  assert.deepEqual(sealKey(path), key);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a session comes back as it went in', () => {
  assert.deepEqual(openSession(key, sealSession(key, session)), session);
});

test('any changed bit, a cut, a suffix, another key or purpose: nothing', () => {
  const token = sealSession(key, session);
  const bytes = Buffer.from(token, 'base64');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    assert.equal(openSession(key, changed.toString('base64')), undefined, `byte ${at}`);
  }
  for (const text of [
    '',
    'x',
    token.slice(0, -4),
    `${token}AAAA`,
    ` ${token}`,
    `${token}!`,
    token.replace(/=*$/, '==='),
  ])
    assert.equal(openSession(key, text), undefined, text);
  assert.equal(openSession(sealKey(join(root, 'other.key')), token), undefined);
  assert.equal(openSession(key, seal(key, 'page', session)), undefined);
  assert.equal(open(key, 'page', token), undefined);
});

test('ids of session keys are known for ours, and only ours', () => {
  const key = sealKey(join(root, 'ids.key'));
  const other = sealKey(join(root, 'ids-other.key'));
  for (const id of [sessionKeyId(key), sessionKeyId(key, Buffer.from('a seed of any length'))]) {
    assert.match(id, /^ASIA[A-Z2-7]{16}$/);
    assert.equal(isSessionKeyId(key, id), true);
    assert.equal(isSessionKeyId(other, id), false);
    assert.equal(isSessionKeyId(key, `AKIA${id.slice(4)}`), false);
  }
  assert.equal(isSessionKeyId(key, 'ASIAIOSFODNN7EXAMPLE'), false);
  assert.notEqual(sessionKeyId(key), sessionKeyId(key));
});
