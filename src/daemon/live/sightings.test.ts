/** One packet is found again behind translations, and others are not taken for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { echo, icmp6, tcp, udp } from '../../host/raw-packets.ts';
import { isFirst, type Mark, parsePacket, recognise } from './sightings.ts';

const SYN = 0x02;
const ACK = 0x10;
const RST = 0x04;

function ip4(protocol: number, payload: Buffer, fragment = 0): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(fragment, 6);
  header[9] = protocol;
  header.set([10, 0, 0, 4, 10, 0, 1, 5], 12);
  return Buffer.concat([header, payload]);
}

function ip6(protocol: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header[6] = protocol;
  header[23] = 1;
  header[39] = 2;
  return Buffer.concat([header, payload]);
}

const segment = (ports: readonly [number, number], flags: number, numbers: readonly [number, number]) =>
  parsePacket(ip4(6, tcp('10.0.0.4', '10.0.1.5', ports, flags, numbers)));
const what = (seen: ReturnType<typeof parsePacket>, mark: Mark) => seen && recognise(seen, mark);
const words = Buffer.from('0123456789abcdef');

test('TCP: by the first number, whatever the ports are; its answer by what it acknowledges', () => {
  const mark: Mark = { protocol: 'tcp', number: 0xffffffff, says: Buffer.alloc(0) };
  const first = segment([40_000, 443], SYN, [0xffffffff, 0]);
  assert.deepEqual(
    [first?.source, first?.destination, first?.sourcePort, first?.port],
    ['10.0.0.4', '10.0.1.5', 40_000, 443],
  );
  assert.ok(first && isFirst(first, 40_000) && !isFirst(first, 40_001));
  assert.equal(what(first, mark), 'sent');
  assert.equal(what(segment([1, 2], SYN, [0xffffffff, 0]), mark), 'sent');
  assert.equal(what(segment([1, 2], SYN, [7, 0]), mark), null);
  assert.equal(what(segment([2, 1], SYN | ACK, [9, 0]), mark), 'answer');
  assert.equal(what(segment([2, 1], RST | ACK, [0, 0]), mark), 'answer');
  assert.equal(what(segment([2, 1], SYN | ACK, [9, 1]), mark), null);
  assert.equal(what(segment([2, 1], ACK, [9, 0]), mark), null);
});

test('UDP by what it says, pings by their number, of both families', () => {
  const mark: Mark = { protocol: 'udp', number: 0, says: words };
  assert.equal(what(parsePacket(ip4(17, udp(5, 6, String(words)))), mark), 'sent');
  assert.equal(what(parsePacket(ip6(17, udp(5, 6, String(words)))), mark), 'sent');
  assert.equal(what(parsePacket(ip4(17, udp(5, 6, 'something else!!'))), mark), null);
  const ping: Mark = { protocol: 'ping', number: 77, says: Buffer.alloc(0) };
  assert.equal(what(parsePacket(ip4(1, echo(1, 77))), ping), 'sent');
  assert.equal(what(parsePacket(ip4(1, echo(77, 1))), ping), null);
  const reply = echo(1, 77);
  reply[0] = 0;
  assert.equal(what(parsePacket(ip4(1, reply)), ping), 'answer');
  const six = icmp6('::1', '::2', 128, Buffer.of(0, 1, 0, 77));
  assert.deepEqual([parsePacket(ip6(58, six))?.source, what(parsePacket(ip6(58, six)), ping)], ['::1', 'sent']);
});

test('fragments and other protocols are nobody’s', () => {
  assert.equal(parsePacket(ip4(6, tcp('10.0.0.4', '10.0.1.5', [1, 2], SYN), 1)), undefined);
  assert.equal(parsePacket(ip4(47, Buffer.alloc(40))), undefined);
});

test('any bytes are survived', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      parsePacket(Buffer.from(bytes));
      const [first = 0] = bytes;
      for (const version of [0x45, 0x4f, 0x60]) parsePacket(Buffer.from([version | (first & 15), ...bytes]));
    }),
    { seed: 1 },
  );
});
