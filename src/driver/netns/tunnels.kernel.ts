/**
 * Encrypted tunnels by packets: WireGuard's own protocol between a site and a VPN gateway, by wireguard-go where a kernel's device
 * would be, all else as in earnest. Needs root, /dev/net/tun and Debian's packages.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Capture, capture } from '../../host/capture.ts';
import { ping, sendPacket, udp } from '../../host/raw-packets.ts';
import { userWireguard } from '../../host/testing/wireguard-go.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { CustomerGateway, Site, VpnConnection, VpnGateway } from '../../model/resources.ts';
import { check } from '../../plan/check.ts';
import { compile } from '../../plan/compile.ts';
import { allowAll, World } from '../../plan/testing/world.ts';
import { linkName } from './names.ts';
import { render } from './render.ts';
import { dropStage, Lab } from './testing/lab.ts';
import { configurationOf } from './tunnels.ts';

const PUBLIC = { site: '198.18.0.16', aws: '198.18.0.17' } as const;
const IP = { protocol: 9, source: 12, destination: 16, header: 20 } as const;
const UDP = 17;
const MESSAGE_TYPE = IP.header + 8;
const MESSAGES = { initiation: 1, response: 2, data: 4 } as const;
const PATIENCE_MS = 20_000;
const AGAIN_MS = 500;
const LOOK_MS = 5;

const world = new World();
const vpc = world.vpc('10.0.0.0/16');
const subnet = world.subnet(vpc, '10.0.1.0/24', 'a');
const open = world.group(vpc, 'open', allowAll('egress'), allowAll('ingress'));
const host = world.instance(subnet, [open]).eni;
const front = world.subnet(vpc, '10.0.2.0/24', 'a');
world.gateway(vpc, [front]);
const stranger = world.instance(front, [open], { isPublic: true }).eni;
const mortal = { changedRevision: 0, deletion: null } as const;
const gateway = world.put<VpnGateway>({
  ...{ ...world.resource('vgw'), kind: 'vpnGateway', asn: 64_512, vpcId: vpc.id, ...mortal },
});
const site = world.put<Site>({
  ...{ ...world.resource('site'), id: 'site-office', kind: 'site', cidr: '192.168.0.0/16', dns: null },
  publicAddress: PUBLIC.site,
});
const customer = world.put<CustomerGateway>({
  ...{ ...world.resource('cgw'), kind: 'customerGateway', address: PUBLIC.site, asn: 65_000 },
  ...{ deviceName: null, deletion: null },
});
const connection = world.put<VpnConnection>({
  ...{ ...world.resource('vpn'), kind: 'vpnConnection', customerGatewayId: customer.id, ...mortal },
  ...{ end: { kind: 'vpnGateway', id: gateway.id }, staticOnly: false, routes: [], outsideAddress: PUBLIC.aws },
});
world.routeTable(vpc, [{ destination: '192.168.0.0/16', target: { kind: 'vpnGateway', id: gateway.id } }], [subnet]);

const wireguard = userWireguard();
const lab = new Lab({ wireguard });
const plan = (encryptsTunnels = true) => compile(world.intent(), { ...NO_FACTS, encryptsTunnels });
const office = 'port-office';
const hostAddress = host.addresses[0] ?? '';
const name = linkName(connection.id);
const ends = [site.id, gateway.id] as const;
const netnsOf = (end: 0 | 1) => lab.paths.netnsOf(ends[end]);
const tunnelAt = (end: 0 | 1) => {
  const interfaces = render(lab.plan).namespaces.get(ends[end])?.interfaces;
  const tunnel = interfaces?.find((each) => each.name === name)?.tunnel;
  assert.ok(tunnel);
  return tunnel;
};
let seen: Capture | undefined;

const look = () => seen?.take() ?? [];

/** Sends until it is answered. */
async function carries(): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const probe = ping(lab.netnsOfPort(office), hostAddress);
    for (const again = Date.now() + AGAIN_MS; Date.now() < again; await setTimeout(LOOK_MS)) {
      if (!probe.answered()) continue;
      probe.close();
      return;
    }
    probe.close();
  }
  assert.fail('the tunnel carries nothing');
}

/** Messages of WireGuard's protocol that were seen since the last look, by their type. */
const messages = () => look().map((packet) => packet[MESSAGE_TYPE]);

before(async () => {
  assert.deepEqual(check(plan()), []);
  await lab.apply(plan());
  seen = capture(lab.paths.netnsOf('internet'));
});
after(async () => {
  seen?.close();
  await wireguard.close();
  await lab.close();
});

test('packets pass in both ways, and outside nothing is seen but UDP that tells nothing', async () => {
  await carries();
  assert.equal((await lab.delivered(office, hostAddress, 80)).seenFrom, '192.168.0.10');
  assert.equal((await lab.delivered(host.id, '192.168.0.10', 9000, 'udp')).seenFrom, hostAddress);
  look();
  const word = 'not for anybody else to read';
  const connection = await lab.connection(office, hostAddress, 80);
  connection.socket.write(`${word}\n`);
  assert.equal(await connection.line(), word);
  connection.close();
  const packets = look();
  assert.ok(packets.length >= 4, `${packets.length} packets`);
  for (const packet of packets) {
    const addresses = [IP.source, IP.destination].map((at) => packet.subarray(at, at + 4).join('.'));
    assert.deepEqual([packet[IP.protocol], addresses.sort()], [UDP, [PUBLIC.site, PUBLIC.aws]]);
    assert.ok(!packet.includes(word.slice(0, 8)));
  }
});

test('nobody else gets in from outside, nor do the tunnel’s own packets from elsewhere', async () => {
  const { port } = tunnelAt(0);
  const from = lab.netnsOfPort(stranger.id);
  const source = stranger.addresses[0] ?? '';
  for (const [address, domain] of [
    [PUBLIC.site, site.id],
    [PUBLIC.aws, gateway.id],
  ] as const) {
    const packet = { source, destination: address, protocol: UDP, payload: udp(port, port, 'let me in') };
    assert.equal(await dropStage(lab, () => sendPacket(from, packet)), `${domain} router`);
  }
});

test('with a wrong key nothing passes: no handshake is ever answered', async () => {
  const wrong = configurationOf(lab.paths.sealKey, { ...tunnelAt(0), link: 'vpn-of-somebody-else' });
  await wireguard.set(netnsOf(0), name, wrong);
  look();
  const probes = [ping(lab.netnsOfPort(office), hostAddress), ping(lab.netnsOfPort(host.id), '192.168.0.10')];
  const told: (number | undefined)[] = [];
  // A second one is sent only where the first was not answered.
  const asked = () => told.filter((type) => type === MESSAGES.initiation).length;
  for (const end = Date.now() + PATIENCE_MS; asked() < 2; await setTimeout(LOOK_MS)) {
    assert.ok(Date.now() < end, `only ${told}`);
    told.push(...messages());
  }
  assert.ok(!told.includes(MESSAGES.response), `${told}`);
  for (const probe of probes) {
    assert.equal(probe.answered(), false);
    probe.close();
  }
});

test('an end that is killed comes back with the right keys, and then there is nothing left to do', async () => {
  await wireguard.kill(netnsOf(1), name);
  lab.newDriver();
  assert.ok((await lab.apply(plan())) > 0);
  await carries();
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
});

test('a plain link takes its place where tunnels are not encrypted any more', async () => {
  await lab.apply(plan(false));
  look();
  await lab.delivered(office, hostAddress, 80);
  await lab.delivered(host.id, '192.168.0.10', 9000, 'udp');
  assert.deepEqual(look(), []);
});
