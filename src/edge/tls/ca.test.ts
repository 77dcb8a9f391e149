import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect, createServer } from 'node:tls';
import { type Ca, ensureCa } from './ca.ts';

const NAMES = ['sqs.ap-south-1.amazonaws.com', '*.sqs.ap-south-1.vpce.amazonaws.com'];

describe('the local CA', () => {
  let home: string;
  let paths: { caCert: string; caKey: string };
  let ca: Ca;
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'culvert-ca-'));
    paths = { caCert: join(home, 'ca', 'ca.pem'), caKey: join(home, 'ca', 'ca.key') };
    ca = await ensureCa(paths);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it('is made once, by however many processes, with a key that only its owner reads', async () => {
    const again = await Promise.all([ensureCa(paths), ensureCa(paths)]);
    assert.deepEqual(
      again.map((each) => each.certificate),
      [ca.certificate, ca.certificate],
    );
    assert.equal(statSync(paths.caKey).mode & 0o777, 0o600);
    assert.equal(readFileSync(paths.caCert, 'utf8'), ca.certificate);
  });

  it('refuses a certificate that is not of its key', async () => {
    const other = { caCert: join(home, 'b', 'ca.pem'), caKey: join(home, 'b', 'ca.key') };
    await ensureCa(other);
    writeFileSync(other.caCert, ca.certificate);
    await assert.rejects(ensureCa(other), /not of the CA key/);
  });

  it('issues certificates that openssl accepts for their names and no others', async () => {
    const { chain } = await ca.issue(NAMES);
    const file = join(home, 'server.pem');
    writeFileSync(file, chain);
    const verify = (name: string) =>
      execFileSync(
        'openssl',
        ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', paths.caCert, '-verify_hostname', name, file],
        { stdio: 'pipe' },
      ).toString();
    assert.match(verify('sqs.ap-south-1.amazonaws.com'), /OK/);
    assert.match(verify('vpce-0a1b.sqs.ap-south-1.vpce.amazonaws.com'), /OK/);
    assert.throws(() => verify('sns.ap-south-1.amazonaws.com'), /hostname mismatch/);
    assert.throws(() => verify('a.b.sqs.ap-south-1.vpce.amazonaws.com'), /hostname mismatch/);
  });

  it('issues no certificate that could sign another', async () => {
    const { chain } = await ca.issue(NAMES);
    assert.equal(new X509Certificate(chain).ca, false);
    assert.equal(new X509Certificate(ca.certificate).ca, true);
  });

  it('is what a TLS client of Node needs to trust, by name', async () => {
    const { chain, key } = await ca.issue(NAMES);
    const server = createServer({ cert: chain, key }, (socket) => socket.end('hi')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dial = async (servername: string, trusted: string | undefined) => {
      const socket = connect({ port, host: '127.0.0.1', servername, ...(trusted ? { ca: trusted } : {}) });
      socket.on('data', () => undefined);
      try {
        await once(socket, 'secureConnect');
        return 'trusted';
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      } finally {
        socket.destroy();
      }
    };
    try {
      assert.equal(await dial('sqs.ap-south-1.amazonaws.com', ca.certificate), 'trusted');
      assert.equal(await dial('sns.ap-south-1.amazonaws.com', ca.certificate), 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.equal(await dial('sqs.ap-south-1.amazonaws.com', undefined), 'SELF_SIGNED_CERT_IN_CHAIN');
    } finally {
      server.close();
    }
  });
});
