/** Handshakes with every security policy: what it grants is agreed upon, and nothing else. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { selfSigned } from '../../host/test-certificates.ts';
import { ALPN_POLICIES, SSL_POLICIES, type SslPolicy } from '../../model/ssl-policies.ts';
import { type CertificateChoice, createCertificateChoice } from './certificates.ts';
import { acceptTls } from './tls.ts';

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const ANY_CIPHER = 'ALL:@SECLEVEL=0';
const [ecdsa, rsa] = await Promise.all([selfSigned('CN=a.test'), selfSigned('CN=a.test', { rsa: 2048 })]);
let choice: CertificateChoice;
let server: Server;

before(async () => {
  server = createServer(async (raw) => {
    raw.on('error', () => undefined);
    const side = await acceptTls(raw, choice);
    side?.socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

function choiceOf(policy: SslPolicy, { certificate, key } = rsa, alpn: readonly string[] = []): CertificateChoice {
  const [minVersion = 'TLSv1.2'] = policy.versions;
  const tls = { minVersion, maxVersion: policy.versions.at(-1) ?? minVersion, ciphers: policy.ciphers, alpn };
  return createCertificateChoice([{ id: 'a', certificate, privateKey: key, chain: null }], tls);
}

/** What was agreed upon, as `read` tells it; undefined: nothing. */
async function shake<T>(options: ConnectionOptions, read: (socket: TLSSocket) => T): Promise<T | undefined> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(read(socket)));
    socket.once('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
  }).then((found) => {
    socket.destroy();
    return found as T | undefined;
  });
}

describe('security policies', () => {
  for (const policy of SSL_POLICIES) {
    it(`${policy.name}: versions`, async () => {
      choice = choiceOf(policy);
      for (const version of VERSIONS) {
        const options = { minVersion: version, maxVersion: version, ciphers: ANY_CIPHER };
        const agreed = await shake(options, (socket) => socket.getProtocol());
        assert.equal(agreed, policy.versions.includes(version) ? version : undefined, version);
      }
    });

    it(`${policy.name}: ciphers of TLS 1.2, whichever of its two kinds of key`, async () => {
      const all = new Set(SSL_POLICIES.flatMap(({ ciphers }) => ciphers).filter((name) => !name.startsWith('TLS_')));
      for (const cipher of all) {
        choice = choiceOf(policy, cipher.includes('ECDSA') ? ecdsa : rsa);
        const options = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: `${cipher}:@SECLEVEL=0` } as const;
        const agreed = await shake(options, (socket) => socket.getCipher().name);
        assert.equal(agreed, policy.ciphers.includes(cipher) ? cipher : undefined, cipher);
      }
    });
  }

  it('the policy’s order counts, not the client’s', async () => {
    const policy = SSL_POLICIES.find(({ name }) => name === 'ELBSecurityPolicy-FS-1-2-Res-2020-10');
    assert.ok(policy);
    choice = choiceOf(policy);
    const ciphers = 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256';
    const agreed = await shake({ maxVersion: 'TLSv1.2', ciphers }, (socket) => socket.getCipher().name);
    assert.equal(agreed, 'ECDHE-RSA-AES128-GCM-SHA256');
  });
});

describe('ALPN policies', () => {
  const [policy] = SSL_POLICIES;
  for (const [name, offered, expected] of [
    ['HTTP1Only', ['h2', 'http/1.1'], 'http/1.1'],
    ['HTTP2Only', ['http/1.1', 'h2'], 'h2'],
    ['HTTP2Optional', ['h2', 'http/1.1'], 'http/1.1'],
    ['HTTP2Optional', ['h2'], 'h2'],
    ['HTTP2Preferred', ['http/1.1', 'h2'], 'h2'],
    ['None', ['h2'], false],
    ['HTTP2Only', undefined, false],
    ['HTTP2Only', ['http/1.1'], undefined],
  ] as const) {
    it(`${name}, a client with ${offered?.join(', ') ?? 'none'}: ${expected ?? 'no handshake'}`, async () => {
      assert.ok(policy);
      choice = choiceOf(policy, rsa, ALPN_POLICIES[name] ?? []);
      const options = offered === undefined ? {} : { ALPNProtocols: [...offered] };
      assert.equal(await shake(options, (socket) => socket.alpnProtocol), expected);
    });
  }
});
