/**
 * The way to the real world, by packets, in earnest but for the world: host and world are namespaces of the test's own. Who has a
 * way to the internet has one outside; the host, its networks and all that is private stay closed; nobody comes in. Needs root.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import dgram from 'node:dgram';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import koffi from 'koffi';
import { run } from '../../host/exec.ts';
import { inNetns } from '../../host/netns.ts';
import { startOutside, TAP } from '../../host/outside.ts';
import {
  DATAGRAM_PORT,
  FAR,
  HOST,
  HOST_TOO,
  makeOutsideWorld,
  NEIGHBOUR,
  type OutsideWorld,
  PRIVATE,
  WEB_PORT,
} from '../../host/outside-world.ts';
import { hostPaths } from '../../host/paths.ts';
import { echo, frameOf, sendPacket, tcp, udp } from '../../host/raw-packets.ts';
import { udpSocket } from '../../host/sockets.ts';
import { bringPrograms } from '../../host/testing/programs.ts';
import { type Facts, NO_FACTS } from '../../model/facts.ts';
import { compile } from '../../plan/compile.ts';
import { addNatGateway } from '../../plan/testing/nat.ts';
import { allowAll, World } from '../../plan/testing/world.ts';
import { dropStage, Lab } from './testing/lab.ts';

const PATIENCE_MS = 20_000;
const LOOK_MS = 10;
const SYN = 2;
const GRE = 47;

const lab = new Lab();
const world = new World();
const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
const outer = world.subnet(vpc, '10.0.1.0/24', 'a', '3fff:0:1:1::/64');
const inner = world.subnet(vpc, '10.0.2.0/24');
const closed = world.subnet(vpc, '10.0.3.0/24');
const gateway = world.gateway(vpc, []);
world.routeTable(
  vpc,
  ['0.0.0.0/0', '::/0'].map((destination) => ({ destination, target: { kind: 'internetGateway', id: gateway.id } })),
  [outer],
);
const any6 = { kind: 'cidr', cidr: '::/0' } as const;
const group = world.group(vpc, 'app', allowAll('ingress'), allowAll('egress'), allowAll('egress', any6));
const front = world.instance(outer, [group], { isPublic: true, ipv6: '3fff:0:1:1::10' }).eni;
const hidden = world.instance(outer, [group]).eni;
const app = world.instance(inner, [group]).eni;
const shut = world.instance(closed, [group]).eni;
const nat = addNatGateway(world, outer, '198.18.9.9');
world.routeTable(vpc, [{ destination: '0.0.0.0/0', target: { kind: 'natGateway', id: nat.id } }], [inner]);
world.endpoint(vpc, 'sqs', [closed], [group]);

let beyond: OutsideWorld;
let program: ChildProcess | null = null;

const plan = (outside: Facts['outside'] = beyond.measure()) => compile(world.intent(), { ...NO_FACTS, outside });
const internet = () => lab.paths.netnsOf('internet');
const publicOf = front.publicAddress ?? '';

async function start(): Promise<void> {
  const log = openSync(join(lab.root, 'outside.log'), 'w');
  program = inNetns(beyond.host, () => startOutside(internet(), { log }));
  closeSync(log);
  for (const end = Date.now() + PATIENCE_MS; !(await isAttached()); ) {
    assert.ok(Date.now() < end, readFileSync(join(lab.root, 'outside.log'), 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  // Its first answers wait until it has learnt where the tap is.
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const first = await lab.connection(front.id, FAR, WEB_PORT).catch(() => undefined);
    first?.close();
    if (first !== undefined) return;
    assert.ok(Date.now() < end, 'it carries nothing');
  }
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (program === null) return;
  const gone = new Promise((resolve) => program?.once('exit', resolve));
  program.kill(signal);
  await gone;
  program = null;
}

/** Somebody is at the other end of the tap. */
async function isAttached(): Promise<boolean> {
  const { stdout } = await run('ip', ['link', 'show', 'dev', TAP.name], { netns: internet() });
  return stdout.includes('LOWER_UP');
}

before(async () => {
  await bringPrograms({ packages: { slirp4netns: ['slirp4netns'] }, folder: join(hostPaths().cache, 'test-tools') });
  beyond = await makeOutsideWorld(join(lab.root, 'beyond'));
  await lab.apply(plan());
  await start();
});
after(async () => {
  await end('SIGKILL');
  beyond?.close();
  await lab.close();
});

test('who has a way to the internet has one outside, by an address of the host', async () => {
  await lab.delivered(front.id, FAR, WEB_PORT);
  await lab.delivered(front.id, FAR, DATAGRAM_PORT, 'udp');
  await lab.delivered(app.id, FAR, WEB_PORT);
  await lab.delivered(app.id, FAR, DATAGRAM_PORT, 'udp');
  const seen = new Set(beyond.seen.map((each) => each.split(' ').slice(0, 3).join(' ')));
  assert.deepEqual([...seen].sort(), [`${FAR} tcp ${HOST}`, `${FAR} udp ${HOST}`]);
});

test('who has none has none outside', async () => {
  await lab.dropped('route', shut.id, FAR, WEB_PORT);
  await lab.dropped('gateway', hidden.id, FAR, WEB_PORT);
});

test('the host, its networks and what is private stay closed, though the host itself reaches them', async () => {
  const { length } = beyond.seen;
  for (const address of [HOST, HOST_TOO, NEIGHBOUR, ...PRIVATE]) {
    await lab.dropped('outside', front.id, address, WEB_PORT);
    await lab.dropped('outside', app.id, address, DATAGRAM_PORT, 'udp');
  }
  assert.deepEqual(beyond.seen.slice(length), []);
});

test('addresses of the internet domain that nobody has are nobody’s outside', async () => {
  await lab.dropped('route', front.id, '198.18.200.200', WEB_PORT);
  await lab.dropped('route', app.id, '198.19.200.200', WEB_PORT);
});

test('IPv6 has no way outside', async () => {
  await lab.dropped('route', front.id, '2001:db8::7', WEB_PORT);
  await lab.dropped('route', front.id, '2001:db8::7', 'ping');
});

test('other protocols are dropped; echo requests too, until the host lets everybody send them', async () => {
  const packet = { source: front.addresses[0] ?? '', destination: FAR, protocol: GRE, payload: Buffer.alloc(8) };
  assert.equal(await dropStage(lab, () => sendPacket(lab.netnsOfPort(front.id), packet)), 'internet outside');
  await lab.dropped('outside', front.id, FAR, 'ping');
  inNetns(beyond.host, () => writeFileSync('/proc/sys/net/ipv4/ping_group_range', '0 0'));
  await lab.apply(plan());
  await lab.delivered(front.id, FAR, 'ping');
  await lab.delivered(app.id, FAR, 'ping');
  await lab.dropped('outside', front.id, HOST, 'ping');
});

test('large ones pass both ways, whatever the host’s links take', async () => {
  const connection = await lab.connection(front.id, FAR, WEB_PORT);
  const sent = 'x'.repeat(1_000_000);
  connection.socket.write(`${sent}\n`);
  assert.equal((await connection.line(PATIENCE_MS))?.length, sent.length);
  connection.close();
  const socket = dgram.createSocket('udp4');
  const own = { address: front.addresses[0] ?? '', port: 0 };
  socket.bind({ fd: udpSocket(lab.netnsOfPort(front.id), own) });
  socket.send(Buffer.alloc(8000), DATAGRAM_PORT, FAR);
  await until(() => beyond.seen.includes(`${FAR} udp ${HOST} 8000`));
  socket.close();
});

test('what stays inside is not tracked', async () => {
  const count = () =>
    inNetns(internet(), () => Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_count', 'utf8')));
  const before = count();
  const [service] = lab.plan.services;
  await lab.delivered(front.id, service?.internetAddress ?? '', 443);
  assert.ok(count() <= before, 'a connection to a service is tracked');
});

test('an address that becomes the host’s is closed, for connections that were there too', async () => {
  const connection = await lab.connection(front.id, FAR, WEB_PORT);
  const measured = beyond.measure();
  await lab.apply(plan({ ...measured, hostBlocks: [...measured.hostBlocks, `${FAR}/32`] }));
  await lab.dropped('outside', front.id, FAR, WEB_PORT);
  assert.equal(await connection.echoes(300), false);
  connection.close();
  await lab.apply(plan());
  await lab.delivered(front.id, FAR, WEB_PORT);
});

test('killed and started again it carries anew; neither that nor a restart changes anything', async () => {
  await end('SIGKILL');
  await start();
  await lab.delivered(front.id, FAR, WEB_PORT);
  assert.equal(await lab.apply(plan()), 0);
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
});

test('a tap that somebody took away: the program ends by itself, and both are made anew', async () => {
  const gone = new Promise((resolve) => program?.once('exit', resolve));
  await run('ip', ['link', 'del', 'dev', TAP.name], { netns: internet() });
  await gone;
  program = null;
  lab.driver.forget();
  assert.notEqual(await lab.apply(plan()), 0);
  await start();
  await lab.delivered(front.id, FAR, WEB_PORT);
});

test('nobody comes in from outside: not to a public address, not to the tap', async () => {
  await end('SIGTERM');
  const tap = attach();
  try {
    for (const destination of [publicOf, TAP.address, '198.18.9.9', '198.18.200.200', '10.0.1.4']) {
      const packets = [
        { protocol: 6, payload: tcp(FAR, destination, [WEB_PORT, 22], SYN) },
        { protocol: 17, payload: udp(DATAGRAM_PORT, 9000, '?') },
        { protocol: 1, payload: echo(1) },
      ];
      for (const packet of packets) {
        const frame = frameOf(TAP.mac, TAP.farMac, { source: FAR, destination, ...packet });
        assert.equal(await dropStage(lab, () => writeSync(tap, frame)), 'internet outside', destination);
      }
    }
  } finally {
    closeSync(tap);
    await start();
  }
});

test('without it nothing is outside, and a connection ends', async () => {
  const connection = await lab.connection(front.id, FAR, WEB_PORT);
  await lab.apply(plan(null));
  assert.equal(await connection.echoes(300), false);
  connection.close();
  await lab.dropped('route', front.id, FAR, WEB_PORT);
  await lab.dropped('route', app.id, FAR, WEB_PORT);
  await lab.dropped('route', front.id, '10.99.0.1', WEB_PORT);
  lab.newDriver();
  assert.equal(await lab.apply(plan(null)), 0);
});

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !isSo(); ) {
    assert.ok(Date.now() < end, isSo.toString());
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** The other end of the tap, in place of the program: what is written comes in. Read linux/if_tun.h. */
function attach(): number {
  const ioctl = koffi.load('libc.so.6').func('int ioctl(int fd, ulong request, void *argument)');
  const [TUNSETIFF, IFF_TAP, IFF_NO_PI] = [0x400454ca, 2, 0x1000];
  return inNetns(internet(), () => {
    const fd = openSync('/dev/net/tun', 'r+');
    const request = Buffer.alloc(40);
    request.write(TAP.name);
    request.writeUInt16LE(IFF_TAP | IFF_NO_PI, 16);
    assert.equal(ioctl(fd, TUNSETIFF, request), 0);
    return fd;
  });
}
