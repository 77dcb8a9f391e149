/** What comes back from outside harms nobody who did not ask. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import dnsPacket from 'dns-packet';
import { Forwarder } from './forwarder.ts';
import { Onward } from './onward.ts';
import { SERVFAIL } from './query.ts';

const query = dnsPacket.encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'db.corp.test' }] });
const SENDER = '10.0.1.4:40000';
const netnsOf = (): string => assert.fail('no endpoint is asked by');
test('records that can be read and not written are an error to whoever asked, and to nobody else', async (t) => {
  const world = createSocket('udp4');
  world.bind(0, '127.0.0.1');
  await once(world, 'listening');
  t.after(() => world.close());
  world.on('message', (asked, { port, address }) => {
    const head = Buffer.from(asked);
    head[2] = 0x81;
    head[7] = 1;
    // A fingerprint shorter than its kind's.
    const record = Buffer.from('c00c002c00010000003c00040101aabb', 'hex');
    world.send(Buffer.concat([head, record]), port, address);
  });
  const onward = new Onward({ netnsOf });
  onward.learn(new Map(), new Forwarder([`127.0.0.1:${world.address().port}`]));
  const before = { rcode: 0, answerCount: 1, authorityCount: 0, bodies: [Buffer.alloc(0)] };
  const response = await onward.ask(query, 'udp', { name: 'far.test', rule: null, before }, SENDER);
  assert.equal((response[3] as number) & 15, SERVFAIL);
});
