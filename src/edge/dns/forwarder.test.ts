/** The way to the world, with a resolver of our own on loopback as the world. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import dnsPacket, { type Packet } from 'dns-packet';
import { Forwarder } from './forwarder.ts';
import { parseResolvConf } from './resolv-conf.ts';

const QUERY: Packet = { type: 'query', id: 77, questions: [{ type: 'A', name: 'Example.COM' }] };
const query = dnsPacket.encode(QUERY);

function rcode(response: Buffer): number {
  return (response[3] as number) & 15;
}

/** Answers each datagram with what `answers` makes of it. */
async function world(t: TestContext, answers: (asked: Buffer) => readonly Buffer[]): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (asked, sender) => {
    for (const each of answers(asked)) socket.send(each, sender.port, sender.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

function answerTo(asked: Buffer, count = 1): Buffer {
  const packet = dnsPacket.decode(asked);
  const answers = Array.from({ length: count }, () => ({
    type: 'A' as const,
    name: packet.questions?.[0]?.name ?? '',
    data: '192.0.2.1',
  }));
  const bytes = dnsPacket.encode({ ...packet, type: 'response', answers });
  asked.copy(bytes, 12, 12, asked.length);
  return bytes;
}

test('the client’s id and spelling come back; the world saw another id', async (t) => {
  const ids: number[] = [];
  const upstream = await world(t, (asked) => {
    ids.push(asked.readUInt16BE(0));
    return [answerTo(asked)];
  });
  const forwarder = new Forwarder([upstream]);
  for (let round = 0; round < 4; round++) {
    const response = dnsPacket.decode(await forwarder.ask(query, 'udp'));
    assert.equal(response.id, 77);
    assert.equal(response.questions?.[0]?.name, 'Example.COM');
    assert.equal(response.answers?.length, 1);
  }
  assert.ok(new Set(ids).size > 1);
});

test('without resolvers the world has no names', async () => {
  const response = await new Forwarder([]).ask(query, 'udp');
  assert.equal(rcode(response), 3);
  assert.equal(response.readUInt16BE(0), 77);
});

test('a resolver that is silent or gone: the next one, then SERVFAIL', async (t) => {
  const silent = await world(t, () => []);
  const good = await world(t, (asked) => [answerTo(asked)]);
  const gone = createSocket('udp4').bind(0, '127.0.0.1');
  await once(gone, 'listening');
  const closed = `127.0.0.1:${gone.address().port}`;
  gone.close();
  assert.equal(rcode(await new Forwarder([silent, closed, good], 50).ask(query, 'udp')), 0);
  assert.equal(rcode(await new Forwarder([silent, closed], 50).ask(query, 'udp')), 2);
});

test('answers to something else are not taken', async (t) => {
  const liar = await world(t, (asked) => {
    const otherId = answerTo(asked);
    otherId.writeUInt16BE(otherId.readUInt16BE(0) ^ 1, 0);
    const otherName = answerTo(asked);
    otherName[13] = 'e'.charCodeAt(0);
    return [otherId, otherName, asked, Buffer.from([1, 2, 3])];
  });
  assert.equal(rcode(await new Forwarder([liar], 50).ask(query, 'udp')), 2);
});

test('what the client cannot take is cut', async (t) => {
  const upstream = await world(t, (asked) => [answerTo(asked, 40)]);
  const response = dnsPacket.decode(await new Forwarder([upstream]).ask(query, 'udp'));
  assert.equal(response.flag_tc, true);
  assert.equal(response.answers?.length, 0);
});

test('over TCP when the client came by TCP', async (t) => {
  const server = createServer((socket) => {
    socket.on('data', (chunk: Buffer) => {
      const message = answerTo(chunk.subarray(2), 40);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      // In pieces, as networks do.
      socket.write(length.subarray(0, 1));
      setImmediate(() => socket.write(Buffer.concat([length.subarray(1), message])));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const response = await new Forwarder([`127.0.0.1:${address.port}`]).ask(query, 'tcp');
  assert.equal(dnsPacket.decode(response).answers?.length, 40);
});

test('more questions than may be on their way are refused at once', async (t) => {
  const silent = await world(t, () => []);
  const forwarder = new Forwarder([silent], 200);
  const all = Array.from({ length: 520 }, () => forwarder.ask(query, 'udp'));
  // Before any of those that wait for an answer.
  const first = await Promise.race(all.map((each, at) => each.then((answer) => [rcode(answer), at])));
  assert.deepEqual(first, [2, 512]);
  await Promise.all(all);
});

test('resolv.conf: addresses of nameserver lines, three at most', () => {
  const text = '# nameserver 1.1.1.1\nsearch x\n nameserver 10.0.0.2\nnameserver\tfe80::1%eth0\nnameserver nope\n';
  assert.deepEqual(parseResolvConf(text), ['10.0.0.2', 'fe80::1%eth0']);
  assert.equal(parseResolvConf('nameserver 1.1.1.1\n'.repeat(5)).length, 3);
});
