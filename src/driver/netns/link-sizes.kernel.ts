/**
 * Sizes of packets through a transit gateway, over a VPN and between regions, on the real kernel: what fits, what is lost, what is
 * fragmented. Needs root.
 */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { run } from '../../host/exec.ts';
import { sendPacket, udp } from '../../host/raw-packets.ts';
import { udpSocket } from '../../host/sockets.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { CustomerGateway, Site, VpnConnection } from '../../model/resources.ts';
import { isIpv6 } from '../../net/ip.ts';
import { compile } from '../../plan/compile.ts';
import { addTransit, attach, attachVpc } from '../../plan/testing/transit.ts';
import { allowAll, World } from '../../plan/testing/world.ts';
import { Lab } from './testing/lab.ts';

const BOUND_MS = 10_000;
const UDP_HEADERS = 28;
const UDP_HEADERS_6 = 48;
const PORT = 9000;
const OFFICE = { cidr: '192.168.0.0/16', host: '192.168.0.10', publicAddress: '198.51.100.7' };
const ANY_6 = { kind: 'cidr', cidr: '::/0' } as const;
const lab = new Lab();
const world = new World();

const transit = addTransit(world);
const { gateway: tgw } = transit;

/** A VPC with an instance; `at` is a number of its blocks. */
function network(at: number) {
  const ipv6Block = `3fff:0:${at}::`;
  const vpc = world.vpc(`10.${at}.0.0/16`, { ipv6Cidrs: [`${ipv6Block}/56`] });
  const subnet = world.subnet(vpc, `10.${at}.1.0/24`, 'a', `${ipv6Block}/64`);
  const rules = [allowAll('ingress'), allowAll('egress'), allowAll('ingress', ANY_6), allowAll('egress', ANY_6)];
  const ipv6 = `${ipv6Block}a`;
  const { eni } = world.instance(subnet, [world.group(vpc, 'open', ...rules)], { ipv6 });
  return { vpc, subnet, eni, address: eni.addresses[0] ?? '', ipv6 };
}

function place(at: number) {
  const here = network(at);
  attachVpc(world, transit, [here.subnet]);
  return here;
}

const [left, right, abroad] = [place(0), place(1), network(2)];
world.put<Site>({
  ...{ ...world.resource('site'), id: 'site-office', kind: 'site', cidr: OFFICE.cidr },
  ...{ publicAddress: OFFICE.publicAddress, dns: null },
});
const customer = world.put<CustomerGateway>({
  ...{ ...world.resource('cgw'), kind: 'customerGateway', address: OFFICE.publicAddress, asn: 65_000 },
  ...{ deviceName: null, deletion: null },
});
const connection = world.put<VpnConnection>({
  ...{ ...world.resource('vpn'), kind: 'vpnConnection', customerGatewayId: customer.id, staticOnly: false, routes: [] },
  ...{ end: { kind: 'transitGateway', id: tgw.id }, changedRevision: 0, deletion: null },
});
attach(world, transit, { kind: 'vpn', connectionId: connection.id });
const peering = world.peering(left.vpc, abroad.vpc, {
  accepter: { account: abroad.vpc.account, region: 'eu-west-1', vpcId: abroad.vpc.id, sharesNames: false },
});
const toHub = ['10.0.0.0/8', OFFICE.cidr].map((destination) => {
  return { destination, target: { kind: 'transitGateway', id: tgw.id } as const };
});
const toPeer = ['10.0.0.0/16', '10.2.0.0/16', '3fff::/32'].map((destination) => {
  return { destination, target: { kind: 'vpcPeering', id: peering.id } as const };
});
world.routeTable(left.vpc, [...toHub, ...toPeer.slice(1)], [left.subnet]);
world.routeTable(right.vpc, toHub, [right.subnet]);
world.routeTable(abroad.vpc, toPeer, [abroad.subnet]);

before(() => lab.apply(compile(world.intent(), NO_FACTS)));
after(() => lab.close());

type Send = (socket: dgram.Socket, sourcePort: number) => void;

/** What becomes of a datagram that left sends, where `first` was answered before: who drops it and where, or that it is answered. */
async function fate(to: string, send: Send, { first }: { readonly first?: string } = {}): Promise<string> {
  const [type, address] = isIpv6(to) ? (['udp6', left.ipv6] as const) : (['udp4', left.address] as const);
  const socket = dgram.createSocket(type);
  try {
    let answers = 0;
    socket.on('message', (_, sender) => {
      if (sender.address === to) answers++;
    });
    socket.bind({ fd: udpSocket(lab.netnsOfPort(left.eni.id), { address, port: 0 }) });
    const look = () => {
      const [before, answered] = [lab.drops(), answers];
      return async () => {
        for (const end = Date.now() + BOUND_MS; Date.now() < end; await setTimeout(4)) {
          const drop = lab.newDrop(before);
          if (drop !== undefined) return `${drop.domain} ${drop.stage}`;
          if (answers > answered) return 'answered';
        }
        return 'nothing';
      };
    };
    if (first !== undefined) {
      const known = look();
      socket.send(first, PORT, to);
      assert.equal(await known(), 'answered');
    }
    const known = look();
    send(socket, socket.address().port);
    return await known();
  } finally {
    socket.close();
  }
}

/** `bytes` of IPv4. */
function datagram(to: string, bytes: number, whole: boolean, more: { readonly first?: string } = {}): Promise<string> {
  const send: Send = (_, sourcePort) => {
    const payload = udp(sourcePort, PORT, 'x'.repeat(bytes - UDP_HEADERS));
    const packet = { source: left.address, destination: to, protocol: 17, payload, whole };
    sendPacket(lab.netnsOfPort(left.eni.id), packet);
  };
  return fate(to, send, more);
}

/** The largest segment of what a port sends on a connection to left. */
async function segmentBytes(from: string): Promise<number> {
  const tcp = await lab.connection(from, left.address, 80);
  tcp.socket.write(`${'x'.repeat(100_000)}\n`);
  assert.equal((await tcp.line())?.length, 100_000);
  const filter = `( dport = :80 and dst ${left.address} )`;
  const { stdout } = await run('ss', ['-tinH', filter], { netns: lab.netnsOfPort(from) });
  tcp.close();
  return Number(/ mss:(\d+)/.exec(stdout)?.[1]);
}

test('through a transit gateway 8500 bytes; what is larger is lost whether it may be fragmented or not', async () => {
  for (const whole of [true, false]) {
    assert.equal(await datagram(right.address, 8500, whole), 'answered', String(whole));
    assert.equal(await datagram(right.address, 8501, whole), `${left.vpc.id} link`, String(whole));
    assert.equal(await datagram(right.address, 9001, whole), `${left.vpc.id} link`, String(whole));
    // Of a flow that is known as well.
    const known = { first: 'small' };
    assert.equal(await datagram(right.address, 8500, whole, known), 'answered', String(whole));
    assert.equal(await datagram(right.address, 8501, whole, known), `${left.vpc.id} link`, String(whole));
  }
});

test('each fragment counts by itself', async () => {
  const large = (socket: dgram.Socket) => socket.send('x'.repeat(20_000), PORT, right.address);
  // As large as the sender's own link takes them.
  assert.equal(await fate(right.address, large), `${left.vpc.id} link`);
  const netns = lab.netnsOfPort(left.eni.id);
  const route = [`${right.address}/32`, 'via', '10.0.1.1', 'dev', 'eth0'];
  await run('ip', ['route', 'add', ...route, 'mtu', 'lock', '8500'], { netns });
  assert.equal(await fate(right.address, large), 'answered');
  await run('ip', ['route', 'del', ...route], { netns });
});

test('a VPN fragments what it may to 1446 bytes, and what it may not is lost', async () => {
  assert.equal(await datagram(OFFICE.host, 1446, true), 'answered');
  assert.equal(await datagram(OFFICE.host, 1447, false), 'answered');
  assert.equal(await datagram(OFFICE.host, 8500, false), 'answered');
  assert.equal(await datagram(OFFICE.host, 1447, true), `${tgw.id} link`);
  assert.equal(await datagram(OFFICE.host, 8501, false), `${left.vpc.id} link`);
});

test('between regions what may be fragmented arrives; what may not is lost above 8500 bytes, as is all of IPv6', async () => {
  assert.equal(await datagram(abroad.address, 8500, true), 'answered');
  assert.equal(await datagram(abroad.address, 8501, false), 'answered');
  assert.equal(await datagram(abroad.address, 8501, true), `${left.vpc.id} link`);
  const ofIpv6 = (bytes: number) =>
    fate(abroad.ipv6, (socket) => socket.send('x'.repeat(bytes - UDP_HEADERS_6), PORT, abroad.ipv6));
  assert.equal(await ofIpv6(8500), 'answered');
  assert.equal(await ofIpv6(8501), `${left.vpc.id} link`);
});

test('TCP is told at its start', async () => {
  const office = lab.plan.sites[0]?.hosts[0]?.port ?? '';
  for (const [from, most] of [
    [right.eni.id, 8500],
    [abroad.eni.id, 8500],
    [office, 1446],
  ] as const) {
    const bytes = await segmentBytes(from);
    assert.ok(bytes > most - 100 && bytes <= most - 40, String(bytes));
  }
});
