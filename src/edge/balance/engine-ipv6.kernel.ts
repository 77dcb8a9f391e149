/**
 * The user-space engine from one address family to the other, in namespaces as the driver makes them, and health checks over
 * IPv6. Needs root, and HAProxy as a parser of Proxy Protocol that is not ours.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { createDriver, type Driver } from '../../driver/netns/driver.ts';
import { silentLog } from '../../host/log.ts';
import { hostPaths } from '../../host/paths.ts';
import { tcpListener, tcpSocket } from '../../host/sockets.ts';
import { ASK, haproxyRead, startHaproxy } from '../../host/testing/haproxy.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { TargetGroup } from '../../model/resources.ts';
import { compile } from '../../plan/compile.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
} from '../../plan/testing/balancing.ts';
import { allowAll, World } from '../../plan/testing/world.ts';
import { probe } from '../health/probe.ts';
import { createListeners } from '../listeners.ts';
import { createEngine, type Engine } from './engine.ts';
import { proxyHeader } from './proxy-protocol.ts';
import { selectBalancing } from './state.ts';

const ANY_6 = { kind: 'cidr', cidr: '::/0' } as const;
const PROXY = { 'proxy_protocol_v2.enabled': 'true' };

const root = mkdtempSync(join(tmpdir(), 'culvert-families-'));
const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
const { netnsOf } = paths;
const world = new World();
const provider = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
const subnet = world.subnet(provider, '10.0.10.0/24', 'a', '3fff:0:1:a::/64');
const all = [allowAll('ingress'), allowAll('egress'), allowAll('ingress', ANY_6), allowAll('egress', ANY_6)];
const inside = world.group(provider, 'inside', ...all);
const target = world.instance(subnet, [inside], { ipv6: '3fff:0:1:a::80' });
const insider = world.instance(subnet, [inside], { ipv6: '3fff:0:1:a::99' });
const NODE_6 = '3fff:0:1:a::5';
const { balancer, nodes } = addBalancer(world, provider, 'front', [subnet], { ipv6: [NODE_6] });
const node = nodes[0]?.addresses[0] ?? '';
const four = addTargetGroup(world, provider, 'four', { port: 8080 });
addTarget(world, four, target.instance);
const six = addTargetGroup(world, provider, 'six', { port: 8080, targetType: 'ip', ipAddressType: 'ipv6' });
addTarget(world, six, { address: '3fff:0:1:a::80', zoneId: subnet.zoneId });
addListener(world, balancer, four, 4);
addListener(world, balancer, six, 6);
const consumer = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:2::/56'] });
const consumerSubnet = world.subnet(consumer, '10.0.10.0/24', 'a', '3fff:0:2::/64');
const CLIENT_6 = '3fff:0:2::c';
const clients = world.group(consumer, 'clients', ...all);
const client = world.instance(consumerSubnet, [clients], { ipv6: CLIENT_6 });
const ENDPOINT_6 = '3fff:0:2::e';
const { endpoint, interfaces } = addServiceEndpoint(
  world,
  consumer,
  addService(world, [balancer]),
  [consumerSubnet],
  [clients],
  {},
  [ENDPOINT_6],
);
const endpoint4 = interfaces[0]?.addresses[0] ?? '';
const machine = ({ instance }: { readonly instance: { readonly id: string } }) => netnsOf(instance.id);

let driver: Driver;
let engine: Engine;
const opened: Socket[] = [];
const servers: Server[] = [];

before(async () => {
  driver = createDriver({ paths, log: silentLog() });
  const listeners = createListeners(netnsOf, { allowHalfOpen: true, connections: Number.POSITIVE_INFINITY });
  engine = createEngine({ log: silentLog(), listeners, netnsOf });
  await apply();
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});
after(async () => {
  engine.close();
  await driver.teardown();
  rmSync(root, { recursive: true });
});

async function apply(): Promise<void> {
  // Where the kernel can, it writes the header for IPv4 beside us.
  const plan = compile(world.intent(), { ...NO_FACTS, kernelHeaders: driver.writesHeaders() });
  await driver.apply(plan);
  assert.deepEqual(engine.apply(selectBalancing(plan)), []);
}

/** A program at the target's two addresses. */
async function serve(onConnection: (socket: Socket) => void, port = 8080): Promise<void> {
  for (const address of ['0.0.0.0', '::']) {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      opened.push(socket);
      socket.on('error', () => undefined);
      onConnection(socket);
    });
    servers.push(server);
    server.listen({ fd: tcpListener(machine(target), { address, port }) });
    await once(server, 'listening');
  }
}

async function dial(netns: string, host: string, port: number): Promise<Socket> {
  const address = host.includes(':') ? '::' : '0.0.0.0';
  const socket = new Socket({ fd: tcpSocket(netns, { address, port: 0 }), allowHalfOpen: true });
  opened.push(socket);
  socket.on('error', () => undefined);
  socket.connect({ host, port });
  await once(socket, 'connect');
  return socket;
}

async function bytesOf(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('a client of one family is served by a target of the other, which sees the node’s address of its own', async () => {
  await serve((socket) => void socket.end(`${socket.remoteAddress}`.replace('::ffff:', '')));
  for (const [from, host, port, seen] of [
    [machine(client), ENDPOINT_6, 4, node],
    [machine(client), endpoint4, 6, NODE_6],
    [machine(insider), NODE_6, 4, node],
    [machine(insider), node, 6, NODE_6],
    // The same family goes through the kernel; within the VPC the group of instances preserves the client.
    [machine(client), ENDPOINT_6, 6, NODE_6],
    [machine(client), endpoint4, 4, node],
    [machine(insider), node, 4, insider.eni.addresses[0] ?? ''],
    [machine(insider), NODE_6, 6, NODE_6],
  ] as const) {
    assert.equal(String(await bytesOf(await dial(from, host, port))), seen, `${host} ${port}`);
  }
});

test('what passes arrives as it was sent, in both directions', async () => {
  await serve((socket) => void socket.pipe(socket));
  const sent = randomBytes(4 * 1024 * 1024);
  const socket = await dial(machine(client), ENDPOINT_6, 4);
  socket.end(sent);
  assert.ok(sent.equals(await bytesOf(socket)));
});

function withProxyProtocol(group: TargetGroup): Promise<void> {
  world.put({ ...group, attributes: PROXY });
  return apply();
}

test('Proxy Protocol names the consumer’s own client once, whatever family it has, and the target', async () => {
  for (const [group, port] of [
    [four, 4],
    [six, 6],
  ] as const) {
    await withProxyProtocol(group);
    for (const [source, destination] of [
      [CLIENT_6, ENDPOINT_6],
      [client.eni.addresses[0] ?? '', endpoint4],
    ] as const) {
      const got = Promise.withResolvers<Buffer>();
      await serve(async (socket) => got.resolve(await bytesOf(socket)));
      const socket = await dial(machine(client), destination, port);
      socket.end('hello');
      const ends = { source, sourcePort: socket.localPort ?? 0, destination, destinationPort: port };
      const wanted = Buffer.concat([proxyHeader(ends, endpoint.id), Buffer.from('hello')]);
      assert.equal((await got.promise).toString('hex'), wanted.toString('hex'));
      for (const server of servers.splice(0)) server.close();
    }
    world.put(group);
    await apply();
  }
});

test('HAProxy understands it, checksum included', async () => {
  await withProxyProtocol(four);
  const end = await startHaproxy(machine(target), 8080);
  try {
    for (const [from, host, expected] of [
      [machine(client), ENDPOINT_6, `${CLIENT_6}:PORT ${ENDPOINT_6}:4`],
      [machine(insider), NODE_6, `3fff:0:1:a::99:PORT ${NODE_6}:4`],
    ] as const) {
      const { text, port } = await asked(from, host);
      assert.equal(haproxyRead(text), expected.replace('PORT', port));
    }
  } finally {
    await end();
    world.put(four);
    await apply();
  }
});

/** Until HAProxy listens, the engine resets. */
async function asked(from: string, host: string): Promise<{ readonly text: string; readonly port: string }> {
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    const socket = await dial(from, host, 4);
    const port = String(socket.localPort);
    socket.write(ASK);
    const text = String(await bytesOf(socket).catch(() => ''));
    if (text !== '') return { text, port };
  }
  throw new Error('HAProxy does not answer');
}

test('a rejection cuts what goes from one family to the other', async () => {
  await serve((socket) => void socket.pipe(socket));
  const mine = await dial(machine(client), ENDPOINT_6, 4);
  const others = await dial(machine(insider), NODE_6, 4);
  mine.write('here');
  assert.equal(String((await once(mine, 'data'))[0]), 'here');
  world.put({ ...endpoint, acceptance: 'rejected' });
  await apply();
  others.write('still');
  assert.equal(String((await once(others, 'data'))[0]), 'still');
  const answers: unknown[] = [];
  mine.on('data', (data) => answers.push(data));
  mine.write('gone');
  others.write('on');
  await once(others, 'data');
  assert.deepEqual(answers, []);
  world.put(endpoint);
  await apply();
});

test('targets of IPv6 are checked over IPv6, from the node', async () => {
  const pool = compile(world.intent(), NO_FACTS).pools.find(({ id }) => id === six.id);
  const [each] = pool?.targets ?? [];
  assert.ok(pool && each);
  assert.deepEqual([each.from, each.address], [NODE_6, '3fff:0:1:a::80']);
  const check = {
    id: each.id,
    fingerprint: '',
    domain: provider.id,
    from: each.from,
    address: each.address,
    port: each.checkPort,
    proxyProtocol: false,
    settings: { ...pool.check, timeoutSeconds: 10 },
  };
  const verdict = () => probe(check, netnsOf(provider.id), AbortSignal.timeout(20_000));
  assert.deepEqual(await verdict(), { passed: false, reason: 'Target.FailedHealthChecks', status: null });
  let from: string | undefined;
  await serve((socket) => {
    from = socket.remoteAddress;
    socket.end();
  });
  assert.deepEqual(await verdict(), { passed: true });
  assert.equal(from, NODE_6);
});
