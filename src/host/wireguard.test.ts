/** Keys of tunnels' ends: the same at every start, another for every end, and each a pair. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tunnelKeys } from './wireguard.ts';

const INSTALLATION = Buffer.alloc(32, 7);

test('keys follow from the installation’s own, the tunnel and its end, and from nothing else', () => {
  const key = (installation: Buffer, tunnel: string, end: number) => tunnelKeys(installation, tunnel, end).privateKey;
  assert.equal(key(INSTALLATION, 'vpn-1', 0), key(INSTALLATION, 'vpn-1', 0));
  const all = [
    key(INSTALLATION, 'vpn-1', 0),
    key(INSTALLATION, 'vpn-1', 1),
    key(INSTALLATION, 'vpn-2', 0),
    key(Buffer.alloc(32, 8), 'vpn-1', 0),
  ];
  assert.equal(new Set(all).size, all.length);
  for (const text of all) assert.equal(Buffer.from(text, 'base64').length, 32);
});

test('the public key is the private one’s, as wg pubkey tells it', () => {
  const { privateKey, publicKey } = tunnelKeys(INSTALLATION, 'vpn-1', 0);
  assert.deepEqual(
    { privateKey, publicKey },
    {
      privateKey: '8dVoxreNvDFOg0/ocAuGKEX4Lep0MQ/gn7bemVYwqpo=',
      publicKey: 'Q/WpWhv5KCch0ro2fVR//f/+0Vt43FPIAF84Qc3ziSw=',
    },
  );
});
