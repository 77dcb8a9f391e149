/** The oracle is OpenSSH's own ssh-keygen where the machine has it; what it cannot say is checked by round trips. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keyPairs } from './key-pairs.ts';

const hasSshKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined;

test('ssh-keygen reads the private halves and finds the same public ones', { skip: !hasSshKeygen }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-keys-'));
  try {
    for (const type of ['rsa', 'ed25519'] as const) {
      const pair = keyPairs.make(type);
      const file = join(folder, type);
      writeFileSync(file, `${pair.material}\n`, { mode: 0o600 });
      const found = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim();
      assert.equal(found.split(' ').slice(0, 2).join(' '), pair.publicKey);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is made can be imported, in each form', () => {
  for (const type of ['rsa', 'ed25519'] as const) {
    const { publicKey } = keyPairs.make(type);
    const expected = keyPairs.read(publicKey);
    assert.equal(expected?.type, type);
    assert.equal(expected.publicKey, publicKey);
    assert.deepEqual(keyPairs.read(`${publicKey} somebody@somewhere\n`), expected);
    const blob = publicKey.split(' ')[1] as string;
    const rfc4716 = `---- BEGIN SSH2 PUBLIC KEY ----\nComment: "x"\n${blob}\n---- END SSH2 PUBLIC KEY ----`;
    assert.deepEqual(keyPairs.read(rfc4716), expected);
  }
});

test('DER and PEM are read; other algorithms, sizes and rubbish are not', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  assert.match(keyPairs.read(der)?.fingerprint ?? '', /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  assert.deepEqual(keyPairs.read(String(publicKey.export({ type: 'spki', format: 'pem' }))), keyPairs.read(der));
  const odd = generateKeyPairSync('rsa', { modulusLength: 1536 }).publicKey.export({ type: 'spki', format: 'pem' });
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
  for (const bad of ['', 'x', 'ssh-rsa AAAA', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5', String(odd), String(curve)]) {
    assert.equal(keyPairs.read(bad), undefined);
  }
});

test('fingerprints have the form that EC2 gives them', () => {
  assert.match(keyPairs.make('rsa').fingerprint, /^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
  assert.match(keyPairs.make('ed25519').fingerprint, /^[A-Za-z0-9+/]{43}=$/);
});
