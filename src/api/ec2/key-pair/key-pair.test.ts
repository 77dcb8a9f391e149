import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';

test('made, described, deleted; the private half is told once', () => {
  const aws = harness();
  const made = aws.call('CreateKeyPair', { KeyName: 'mine', KeyType: 'ed25519' });
  assert.match(made.KeyMaterial, /^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
  const shown = aws.call('DescribeKeyPairs', { KeyNames: ['mine'], IncludePublicKey: true }).KeyPairs[0];
  assert.deepEqual(
    [shown.KeyPairId, shown.KeyType, shown.KeyFingerprint],
    [made.KeyPairId, 'ed25519', made.KeyFingerprint],
  );
  assert.match(shown.PublicKey, /^ssh-ed25519 \S+ mine$/);
  assert.equal(aws.call('DescribeKeyPairs', {}).KeyPairs[0].PublicKey, undefined);
  assert.ok(!JSON.stringify([...aws.intent.table('keyPair').all()]).includes('PRIVATE'));
  assert.equal(
    aws.refusal('CreateKeyPair', { KeyName: 'mine' }),
    'InvalidKeyPair.Duplicate: The keypair already exists',
  );
  assert.equal(aws.as('999988887777').call('DescribeKeyPairs', {}).KeyPairs.length, 0);
  assert.equal(aws.call('DeleteKeyPair', { KeyName: 'mine' }).KeyPairId, made.KeyPairId);
  assert.equal(aws.call('DeleteKeyPair', { KeyName: 'mine' }).Return, true);
  assert.equal(
    aws.refusal('DescribeKeyPairs', { KeyNames: ['mine'] }),
    "InvalidKeyPair.NotFound: The key pair 'mine' does not exist",
  );
  assert.match(aws.refusal('DeleteKeyPair', {}), /^MissingParameter/);
  assert.match(
    aws.refusal('CreateKeyPair', { KeyName: 'k', KeyFormat: 'ppk' }),
    /^UnsupportedOperation: The value 'ppk'/,
  );
});

test('imported, and told by filter', () => {
  const aws = harness();
  const { publicKey } = aws.context.keyPairs.make('rsa');
  const imported = aws.call('ImportKeyPair', {
    KeyName: 'theirs',
    PublicKeyMaterial: new TextEncoder().encode(`${publicKey} me@here`),
    TagSpecifications: [{ ResourceType: 'key-pair', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  assert.match(imported.KeyFingerprint, /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  const Filters = [{ Name: 'fingerprint', Values: [imported.KeyFingerprint] }];
  assert.equal(aws.call('DescribeKeyPairs', { Filters }).KeyPairs[0].KeyName, 'theirs');
  assert.equal(aws.call('DescribeKeyPairs', { KeyPairIds: [imported.KeyPairId] }).KeyPairs[0].KeyType, 'rsa');
  assert.equal(
    aws.refusal('ImportKeyPair', { KeyName: 'x', PublicKeyMaterial: new TextEncoder().encode('nonsense') }),
    'InvalidKey.Format: Key is not in valid OpenSSH public key format',
  );
});
