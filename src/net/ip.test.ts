/** IPv4 as this folder reads and writes it, against ipaddr.js; and CIDR blocks that come back as they went. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { formatCidr, isCanonicalCidr, parseCidr } from './cidr.ts';
import { addToIp, formatIp, formatIpv4, parseIp, parseIpv4 } from './ip.ts';

function oracle(text: string): number | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.IPv4.parse(text)
    .toByteArray()
    .reduce((value, byte) => value * 256 + byte, 0);
}

const anyAddress = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/** Almost addresses: octets of any size and form between dots, a few too few or too many. */
const nearly = fc
  .array(fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '01', '0x1', '-1', '1e1', ' 1', '+1', '٣')), {
    minLength: 2,
    maxLength: 6,
  })
  .map((octets) => octets.join('.'));

test('reads an IPv4 address as the library does, and refuses what it refuses', () => {
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string(), anyAddress.map(formatIpv4)), (text) => {
      assert.equal(parseIpv4(text), oracle(text));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('writes an IPv4 address as the library does', () => {
  fc.assert(
    fc.property(anyAddress, (value) => {
      const text = formatIpv4(value);
      const bytes = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
      assert.equal(text, ipaddr.fromByteArray(bytes).toString());
      assert.equal(parseIpv4(text), value);
      assert.deepEqual(parseIp(text), { version: 4, value: BigInt(value) });
    }),
    { seed: 1 },
  );
});

for (const text of [
  '',
  '1',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.',
  '.1.2.3',
  '1..2.3',
  '256.0.0.1',
  '01.2.3.4',
  '1.2.3.4 ',
  '1.2.3.4/32',
]) {
  test(`"${text}" is no address`, () => assert.equal(parseIp(text), undefined));
}

test('IPv6 is written canonically', () => {
  for (const [text, canonical] of [
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::', '::'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ] as const) {
    const ip = parseIp(text);
    assert.ok(ip !== undefined);
    assert.equal(formatIp(ip), canonical);
  }
  assert.equal(parseIp('fe80::1%eth0'), undefined);
});

test('counting crosses octets', () => {
  assert.equal(addToIp('10.0.0.255', 1), '10.0.1.0');
  assert.equal(addToIp('240.0.1.0', -1), '240.0.0.255');
});

test('a block holds its first address as the library’s network address', () => {
  fc.assert(
    fc.property(anyAddress, fc.integer({ min: 0, max: 32 }), (value, prefix) => {
      const text = `${formatIpv4(value)}/${prefix}`;
      const block = parseCidr(text);
      assert.ok(block !== undefined);
      const expected = `${ipaddr.IPv4.networkAddressFromCIDR(text)}/${prefix}`;
      assert.equal(formatCidr(block), expected);
      assert.equal(isCanonicalCidr(text), text === expected);
      assert.equal(block.last - block.first + 1n, 2n ** BigInt(32 - prefix));
    }),
    { seed: 1 },
  );
});
