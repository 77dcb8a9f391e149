/** Against certificates that another library made. */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { certificates } from './certificates.ts';
import { issue, selfSigned } from './test-certificates.ts';

test('what a certificate says', async () => {
  const { certificate } = await selfSigned('CN=www.example.com, O=Example', {
    names: ['www.example.com', '*.example.com'],
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2027-01-01T00:00:00Z'),
    serial: '0a0b',
  });
  assert.deepEqual(certificates.read(certificate), {
    subject: 'O=Example,CN=www.example.com',
    issuer: 'O=Example,CN=www.example.com',
    serial: '0a:0b',
    commonName: 'www.example.com',
    names: ['www.example.com', '*.example.com'],
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2027-01-01T00:00:00.000Z',
    keyAlgorithm: 'EC_prime256v1',
    signatureAlgorithm: 'SHA256WITHECDSA',
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'],
  });
  const rsa = await selfSigned('O=Example', { rsa: 2048 });
  assert.equal(certificates.read(rsa.certificate)?.keyAlgorithm, 'RSA_2048');
  assert.equal(certificates.read(rsa.certificate)?.signatureAlgorithm, 'SHA256WITHRSA');
  assert.equal(certificates.read(rsa.certificate)?.commonName, null);
  for (const text of ['', 'x', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) {
    assert.equal(certificates.read(text), undefined);
  }
});

test('certificate, key and chain belong together', async () => {
  const own = await selfSigned('CN=own');
  const other = await selfSigned('CN=other');
  assert.equal(certificates.fault(own.certificate, own.key, null), undefined);
  assert.equal(certificates.fault('x', own.key, null), 'certificate');
  assert.equal(certificates.fault(own.certificate + other.certificate, own.key, null), 'several');
  assert.equal(certificates.fault(own.certificate, 'x', null), 'key');
  assert.equal(certificates.fault(own.certificate, other.key, null), 'mismatch');

  const root = await selfSigned('CN=root');
  const middle = await issue(root, 'CN=middle');
  const leaf = await issue(middle, 'CN=leaf');
  const chain = (...parts: { certificate: string }[]) => parts.map(({ certificate }) => certificate).join('\n');
  const fault = (text: string | null) => certificates.fault(leaf.certificate, leaf.key, text);
  assert.equal(fault(null), 'selfSigned');
  assert.equal(fault(chain(middle)), undefined);
  assert.equal(fault(chain(middle, root)), undefined);
  assert.equal(fault(chain(root, middle)), 'order');
  assert.equal(fault(chain(root)), 'order');
  assert.equal(fault(chain(await selfSigned('CN=middle'))), 'order');
  assert.equal(fault('x'), 'chain');
  assert.equal(fault(`${middle.certificate}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`), 'chain');
});

test('a key that needs a passphrase is none', async () => {
  const { certificate } = await selfSigned('CN=own');
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  assert.equal(certificates.fault(certificate, privateKey, null), 'key');
});
