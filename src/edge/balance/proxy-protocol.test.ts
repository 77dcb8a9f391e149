import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '../../net/crc32c.ts';
import { localHeader, proxyHeader } from './proxy-protocol.ts';

/** What AWS publishes with its own parser (aws/elastic-load-balancing-tools). */
const PUBLISHED = [
  '0d0a0d0a000d0a515549540a21110054',
  'ac1f0771ac1f0a1fc8f20050',
  '030004e8d6892d',
  'ea001701767063652d3038643262663135666163353030316339',
  `040024${'00'.repeat(36)}`,
].join('');

const ends = { source: '172.31.7.113', sourcePort: 0xc8f2, destination: '172.31.10.31', destinationPort: 80 };

test('writes the header that AWS publishes, byte by byte', () => {
  assert.equal(proxyHeader(ends, 'vpce-08d2bf15fac5001c9').toString('hex'), PUBLISHED);
});

test('writes no endpoint where there was none, and pads to the same length', () => {
  const header = proxyHeader(ends, null);
  assert.equal(header.length, 100);
  assert.equal(header.subarray(28, 31).toString('hex'), '030004');
  assert.equal(header.subarray(35).toString('hex'), `04003e${'00'.repeat(62)}`);
  const zeroed = Buffer.from(header).fill(0, 31, 35);
  assert.equal(header.readUInt32BE(31), crc32c(zeroed));
});

test('of IPv6 the addresses are longer and the padding shorter', () => {
  const ipv6 = { ...ends, source: '3fff::a', destination: '3fff:0:1::b' };
  const header = proxyHeader(ipv6, 'vpce-08d2bf15fac5001c9');
  assert.equal(header.length, 100);
  assert.equal(header[13], 0x21);
  assert.equal(
    header.subarray(16, 52).toString('hex'),
    `3fff${'00'.repeat(13)}0a3fff00000001${'00'.repeat(9)}0bc8f20050`,
  );
  assert.equal(header.subarray(52, 55).toString('hex'), '030004');
  assert.equal(header.readUInt32BE(55), crc32c(Buffer.from(header).fill(0, 55, 59)));
  assert.equal(header.subarray(59, 63).toString('hex'), 'ea001701');
  assert.equal(header.subarray(85).toString('hex'), `04000c${'00'.repeat(12)}`);
});

test('over UDP only the transport differs, and with it the checksum', () => {
  const [tcp, udp] = (['tcp', 'udp'] as const).map((transport) => proxyHeader(ends, null, transport));
  assert.ok(tcp && udp);
  assert.equal(udp[13], 0x12);
  assert.equal(udp.readUInt32BE(31), crc32c(Buffer.from(udp).fill(0, 31, 35)));
  assert.deepEqual(Buffer.from(udp).fill(0x11, 13, 14).fill(0, 31, 35), Buffer.from(tcp).fill(0, 31, 35));
});

test('CRC32C of the usual check word', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('what is the load balancer’s own has no addresses', () => {
  assert.equal(localHeader().toString('hex'), '0d0a0d0a000d0a515549540a20000000');
});
