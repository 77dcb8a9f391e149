/** The server on the kernel: two namespaces with one range, UDP and TCP, sockets that follow the Plan. Needs root. */
import assert from 'node:assert/strict';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import dnsPacket, { type DecodedPacket } from 'dns-packet';
import { run } from '../../host/exec.ts';
import { silentLog } from '../../host/log.ts';
import { createNetns, deleteNetns, removePins } from '../../host/netns.ts';
import { tcpSocket, udpSocket } from '../../host/sockets.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { isIpv6 } from '../../net/ip.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan } from '../../plan/plan.ts';
import { tellStory } from '../../plan/testing/story.ts';
import { NXDOMAIN } from './query.ts';
import { createDnsServer, type DnsServer } from './server.ts';

const root = mkdtempSync(join(tmpdir(), 'culvert-dns-'));
const netnsOf = (domain: string) => join(root, 'netns', domain);
const SQS = 'sqs.ap-south-1.amazonaws.com';
const RESOLVER = '10.0.0.2';
const CLIENT = '10.0.10.4';
const [RESOLVER6, CLIENT6] = ['fd00:ec2::253', '3fff:0:1::4'];
const WAIT_MS = 10_000;

const story = tellStory();
const [home, twin] = [story.vpc.id, story.twin.id];
/** With IPv6; the twin is without. */
const vpc = { ...story.vpc, ipv6Cidrs: ['3fff:0:1::/56'] };
story.world.put(vpc);
let server: DnsServer;

function plan(): Plan {
  return compile(story.world.intent(), NO_FACTS);
}

async function makeNetns(domain: string): Promise<void> {
  createNetns(netnsOf(domain));
  const addresses = [RESOLVER, CLIENT, '169.254.169.253', RESOLVER6, CLIENT6];
  const up = ['link set lo up', ...addresses.map((address) => `address add ${address} dev lo`)].join('\n');
  await run('ip', ['-batch', '-'], { netns: netnsOf(domain), input: up });
}

before(async () => {
  for (const domain of [home, twin]) await makeNetns(domain);
  server = createDnsServer({ log: silentLog(), upstreams: [], netnsOf });
  await server.apply(plan());
});

after(async () => {
  await server.close();
  removePins(join(root, 'netns'));
  rmSync(root, { recursive: true });
});

function question(name: string): Buffer {
  return dnsPacket.encode({ type: 'query', id: 3, questions: [{ type: 'A', name }] });
}

/** Binding to a descriptor is done at once: 'listening' is over before one could wait for it. */
function client(domain: string, resolver = RESOLVER): UdpSocket {
  const address = isIpv6(resolver) ? CLIENT6 : CLIENT;
  const socket = createSocket(isIpv6(resolver) ? 'udp6' : 'udp4');
  return socket.bind({ fd: udpSocket(netnsOf(domain), { address, port: 0 }) });
}

async function overUdp(domain: string, name: string, resolver = RESOLVER, waitMs = WAIT_MS): Promise<DecodedPacket> {
  const socket = client(domain, resolver);
  try {
    socket.send(question(name), 53, resolver);
    const [message] = (await once(socket, 'message', { signal: AbortSignal.timeout(waitMs) })) as [Buffer];
    return dnsPacket.decode(message);
  } finally {
    socket.close();
  }
}

/** Sends the pieces one by one and collects `count` answers. */
async function overTcp(
  domain: string,
  pieces: readonly Buffer[],
  count: number,
  resolver = RESOLVER,
): Promise<DecodedPacket[]> {
  const from = isIpv6(resolver) ? CLIENT6 : CLIENT;
  const socket = new Socket({ fd: tcpSocket(netnsOf(domain), { address: from, port: 0 }) });
  const found: DecodedPacket[] = [];
  let got = Buffer.alloc(0);
  socket.setNoDelay().connect(53, resolver);
  await once(socket, 'connect', { signal: AbortSignal.timeout(WAIT_MS) });
  try {
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
    while (found.length < count) {
      const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(WAIT_MS) })) as [Buffer];
      got = Buffer.concat([got, chunk]);
      while (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
        const end = 2 + got.readUInt16BE(0);
        found.push(dnsPacket.decode(got.subarray(2, end)));
        got = got.subarray(end);
      }
    }
    return found;
  } finally {
    socket.destroy();
  }
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function addresses({ answers }: DecodedPacket): string[] {
  return (answers ?? []).map((each) => ('data' in each ? String(each.data) : '')).sort();
}

test('equal ranges, equal client, one name: each VPC has its own answer', async () => {
  const inside = story.endpointInterfaces.map(({ addresses: [first] }) => first);
  const outside = plan().services.find(({ id }) => id === 'com.amazonaws.ap-south-1.sqs')?.internetAddress;
  for (const resolver of [RESOLVER, '169.254.169.253']) {
    assert.deepEqual(addresses(await overUdp(home, SQS, resolver)), inside);
    assert.deepEqual(addresses(await overUdp(twin, SQS, resolver)), [outside]);
  }
});

test('TCP: several questions on one connection, cut anywhere', async () => {
  const whole = Buffer.concat([framed(question(SQS)), framed(question(`x.${SQS}`)), framed(question('example.com'))]);
  const pieces = [whole.subarray(0, 1), whole.subarray(1, 40), whole.subarray(40)];
  const found = await overTcp(home, pieces, 3);
  assert.equal(addresses(found[0] as DecodedPacket).length, 2);
  assert.deepEqual(
    found.map((each) => (each as { rcode?: string }).rcode),
    ['NOERROR', 'NXDOMAIN', 'NXDOMAIN'],
  );
});

test('with IPv6: asked in a VPC that has it, over UDP and TCP; in one without nobody answers', async () => {
  const inside = story.endpointInterfaces.map(({ addresses: [first] }) => first);
  assert.deepEqual(addresses(await overUdp(home, SQS, RESOLVER6)), inside);
  assert.equal(((await overUdp(home, 'x.test', RESOLVER6)).flags ?? 0) & 15, NXDOMAIN);
  const [found] = await overTcp(home, [framed(question(SQS))], 1, RESOLVER6);
  assert.deepEqual(addresses(found as DecodedPacket), inside);
  await assert.rejects(overUdp(twin, SQS, RESOLVER6, 300));
});

test('a burst larger than any batch is answered wholly', async (t) => {
  const socket = client(home);
  t.after(() => socket.close());
  const ids = new Set<number>();
  const done = new Promise<void>((resolve) => {
    socket.on('message', (message) => {
      ids.add(message.readUInt16BE(0));
      if (ids.size === 200) resolve();
    });
  });
  for (let id = 1; id <= 200; id++) {
    const query = question(SQS);
    query.writeUInt16BE(id, 0);
    socket.send(query, 53, RESOLVER);
  }
  await Promise.race([done, new Promise((resolve) => AbortSignal.timeout(WAIT_MS).addEventListener('abort', resolve))]);
  assert.equal(ids.size, 200);
});

test('answers follow the Plan under sockets that stay open', async () => {
  story.world.put({ ...story.endpoint, privateDns: false });
  await server.apply(plan());
  assert.notDeepEqual(addresses(await overUdp(home, SQS)), ['10.0.10.5', '10.0.11.4']);
  story.world.put(story.endpoint);
  await server.apply(plan());
  assert.deepEqual(addresses(await overUdp(home, SQS)), ['10.0.10.5', '10.0.11.4']);
});

test('a resolver goes with DNS support, the other VPC’s stays, and it comes back', async () => {
  story.world.put({ ...vpc, dnsSupport: false });
  await server.apply(plan());
  await assert.rejects(overTcp(home, [], 1), /ECONNREFUSED/);
  assert.equal(addresses(await overUdp(twin, SQS)).length, 1);
  story.world.put(vpc);
  await server.apply(plan());
  assert.equal(addresses(await overUdp(home, SQS)).length, 2);
});

test('a namespace made anew under its name gets new sockets', async () => {
  deleteNetns(netnsOf(twin));
  await makeNetns(twin);
  await server.apply(plan());
  assert.equal(addresses(await overUdp(twin, SQS)).length, 1);
});

test('a namespace that is missing is told, and the others are served', async () => {
  const lost = story.world.vpc('10.5.0.0/16');
  await assert.rejects(server.apply(plan()), /1 resolvers could not be opened/);
  assert.equal(addresses(await overUdp(home, SQS)).length, 2);
  story.world.remove(lost);
  for (const kind of ['routeTable', 'securityGroup'] as const) {
    for (const each of story.world.intent().table(kind).by('vpcId', lost.id)) story.world.remove(each);
  }
  await server.apply(plan());
});

test('names of the world are asked of the host’s resolvers where there is an outside, of nobody elsewhere', async (t) => {
  const upstream = createSocket('udp4').bind(0, '127.0.0.1');
  await once(upstream, 'listening');
  t.after(() => upstream.close());
  let asked = 0;
  upstream.on('message', (message, { port, address }) => {
    asked++;
    const { id = 0, questions = [] } = dnsPacket.decode(message);
    const answers = questions.map(({ name }) => ({ type: 'A' as const, name, data: '198.51.100.7' }));
    upstream.send(dnsPacket.encode({ type: 'response', id, questions, answers }), port, address);
  });
  const open = createDnsServer({ log: silentLog(), upstreams: [`127.0.0.1:${upstream.address().port}`], netnsOf });
  t.after(() => open.close());
  await server.close();
  await open.apply(plan());
  const without = await overUdp(home, 'www.example.com');
  assert.deepEqual([(without.flags ?? 0) & 15, addresses(without), asked], [NXDOMAIN, [], 0]);
  await open.apply(compile(story.world.intent(), { ...NO_FACTS, outside: { hostBlocks: [], echoes: false } }));
  assert.deepEqual([addresses(await overUdp(home, 'www.example.com')), asked], [['198.51.100.7'], 1]);
  assert.deepEqual(addresses(await overUdp(home, 'www.example.com', RESOLVER6)), ['198.51.100.7']);
  assert.equal(addresses(await overUdp(home, SQS)).length, 2);
  await open.close();
  await server.apply(plan());
});

test('above the limit packets are dropped without an answer', async (t) => {
  const strict = createDnsServer({ log: silentLog(), upstreams: [], netnsOf, packetsPerSecond: 0 });
  t.after(() => strict.close());
  await server.close();
  await strict.apply(plan());
  for (const resolver of [RESOLVER, RESOLVER6]) await assert.rejects(overUdp(home, SQS, resolver, 150), /aborted/);
  await strict.close();
  await server.apply(plan());
});
