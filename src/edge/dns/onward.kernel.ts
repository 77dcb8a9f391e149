/** Questions under way out of an endpoint's namespace: so many and no more. Needs root. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import dnsPacket from 'dns-packet';
import { Forwarder } from './forwarder.ts';
import { Onward } from './onward.ts';
import { SERVFAIL } from './query.ts';

const query = dnsPacket.encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'db.corp.test' }] });

test('an outbound endpoint whose targets are silent does not take all sockets, and is free again afterwards', async (t) => {
  const silent = createSocket('udp4');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  // This process's own namespace does as well as any.
  const onward = new Onward({ netnsOf: () => '/proc/self/ns/net' });
  onward.learn(new Map([['rslvr-out-1', [{ id: 'rni-1', port: 'eni-1', address: '127.0.0.1' }]]]), new Forwarder([]));
  const targets = [{ address: '127.0.0.1', port: silent.address().port }];
  const rule = { id: 'rslvr-rr-1', origin: [], domain: 'corp.test', forward: { endpoint: 'rslvr-out-1', targets } };
  const ask = () => onward.ask(query, 'udp', { name: 'db.corp.test', rule, before: null }, '10.0.1.4:40000');
  const rcode = (response: Buffer) => (response[3] as number) & 15;
  let ended = 0;
  const waiting = Array.from({ length: 512 }, () => ask().finally(() => ended++));
  assert.equal(rcode(await ask()), SERVFAIL);
  assert.equal(ended, 0);
  await Promise.all(waiting);
  silent.once('message', (asked, { port, address }) => {
    const answer = Buffer.from(asked);
    answer[2] = 0x81;
    silent.send(answer, port, address);
  });
  assert.equal(rcode(await ask()), 0);
});
