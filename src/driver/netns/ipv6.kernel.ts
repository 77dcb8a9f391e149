/** IPv6 inside a VPC, out of it and into it, by packets on the real kernel; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import ipaddr from 'ipaddr.js';
import { run } from '../../host/exec.ts';
import { attribute, NETLINK_ROUTE, withNetlink } from '../../host/netlink.ts';
import { icmp6, neighbour, sendPacket, tcp } from '../../host/raw-packets.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { isIpv6 } from '../../net/ip.ts';
import { compile } from '../../plan/compile.ts';
import { allowAll, allowTcp, inGroup, World } from '../../plan/testing/world.ts';
import { fastPathCounters, fastPathRefusal } from './fast-path.ts';
import { linkLocal, portLink, ROUTER_MAC } from './names.ts';
import { attempt, dropStage, Lab } from './testing/lab.ts';

const SYN = 2;
const RST = 4;
const TCP = 6;
const FRAGMENT = 44;
const ICMPV6 = 58;
const DESTINATION_OPTIONS = 60;
const ECHO = 128;
const ROUTER_ADVERTISEMENT = 134;
const REDIRECT = 137;
const ALL_ROUTERS = 'ff02::2';
const ANY_6 = { kind: 'cidr', cidr: '::/0' } as const;
const EVERYWHERE = '::/0';

const lab = new Lab();
const world = new World();
const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
const openSubnet = world.subnet(vpc, '10.0.0.0/24', 'a', '3fff:0:1::/64');
const shutSubnet = world.subnet(vpc, '10.0.1.0/24', 'a', '3fff:0:1:1::/64');
const innerSubnet = world.subnet(vpc, '10.0.2.0/24', 'b', '3fff:0:1:2::/64');
const plainSubnet = world.subnet(vpc, '10.0.3.0/24', 'b');
const internet = world.gateway(vpc, []);
const egressOnly = world.egressOnlyGateway(vpc);
world.routeTable(
  vpc,
  [{ destination: EVERYWHERE, target: { kind: 'internetGateway', id: internet.id } }],
  [openSubnet],
);
const shutTable = world.routeTable(
  vpc,
  [{ destination: EVERYWHERE, target: { kind: 'egressOnlyInternetGateway', id: egressOnly.id } }],
  [shutSubnet],
);
const callers = world.group(vpc, 'callers', allowAll('egress', ANY_6), allowTcp('ingress', 22, ANY_6));
const webs = world.group(vpc, 'webs', allowTcp('ingress', 80, inGroup(callers)), allowAll('egress', ANY_6));
const pinged = world.group(
  vpc,
  'pinged',
  { direction: 'ingress', protocol: 'icmpv6', fromPort: ECHO, toPort: -1, peer: ANY_6 },
  allowTcp('ingress', 80, { kind: 'cidr', cidr: '3fff:0:1:2::/64' }),
  allowTcp('ingress', 443, { kind: 'cidr', cidr: '0.0.0.0/0' }),
);
const world6 = world.group(vpc, 'world', allowAll('ingress', ANY_6), allowAll('egress', ANY_6));
const caller = world.instance(innerSubnet, [callers], { ipv6: '3fff:0:1:2::10' }).eni;
const web = world.instance(innerSubnet, [webs], { ipv6: '3fff:0:1:2::80' }).eni;
const target = world.instance(shutSubnet, [pinged], { ipv6: '3fff:0:1:1::99' }).eni;
const front = world.instance(openSubnet, [world6], { ipv6: '3fff:0:1::f' }).eni;
const shut = world.instance(shutSubnet, [world6], { ipv6: '3fff:0:1:1::5' }).eni;
const four = world.instance(plainSubnet, [world6]).eni;
const doors = world.group(vpc, 'doors', allowTcp('ingress', 443, inGroup(callers)));
const sqs = world.endpoint(vpc, 'sqs', [innerSubnet], [doors], true, ['3fff:0:1:2::e']);
const eni6 = '3fff:0:1:2::e';

const other = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:2::/56'] });
const otherSubnet = world.subnet(other, '10.0.0.0/24', 'a', '3fff:0:2::/64');
const otherGateway = world.gateway(other, []);
world.routeTable(
  other,
  [{ destination: EVERYWHERE, target: { kind: 'internetGateway', id: otherGateway.id } }],
  [otherSubnet],
);
const stranger = world.instance(
  otherSubnet,
  [world.group(other, 'open', allowAll('ingress', ANY_6), allowAll('egress', ANY_6))],
  { ipv6: '3fff:0:2::7' },
).eni;

const plan = () => compile(world.intent(), NO_FACTS);
const at = ({ ipv6Addresses: [address = ''] }: { readonly ipv6Addresses: readonly string[] }) => address;

before(() => lab.apply(plan()));
after(() => lab.close());

test('inside the VPC: groups by reference, by block, by type of ICMPv6; what a rule for IPv4 lets in is not let in', async () => {
  await lab.delivered(caller.id, at(web), 80);
  await lab.dropped('group_in', caller.id, at(web), 443);
  await lab.dropped('group_in', web.id, at(caller), 80);
  await lab.delivered(caller.id, at(target), 80);
  await lab.dropped('group_in', front.id, at(target), 80);
  await lab.dropped('group_in', caller.id, at(target), 443);
  await lab.delivered(front.id, at(target), 'ping');
  await lab.dropped('group_in', front.id, at(web), 'ping');
  await lab.dropped('group_in', caller.id, at(web), 9000, 'udp');
  await lab.delivered(caller.id, at(front), 9000, 'udp');
});

test('egress is a gate of its own, and answers need no rule', async () => {
  await lab.dropped('group_out', target.id, at(caller), 22);
  const connection = await lab.connection(caller.id, at(target), 80);
  assert.ok(await connection.echoes());
  connection.close();
});

test('an established connection outlives the rule that let it in; a new one does not come in', async () => {
  const connection = await lab.connection(caller.id, at(web), 80);
  const [rule] = world.intent().table('securityGroupRule').by('groupId', webs.id);
  assert.ok(rule);
  world.remove(rule);
  await lab.apply(plan());
  assert.ok(await connection.echoes());
  await lab.dropped('group_in', caller.id, at(web), 80);
  connection.close();
  world.put(rule);
  await lab.apply(plan());
  await lab.delivered(caller.id, at(web), 80);
});

test('names are asked for with IPv6 too, by whom no group lets anything out; nothing else there, and nowhere where DNS support is off', async () => {
  await lab.delivered(caller.id, '10.0.0.2', 53, 'udp');
  for (const port of [caller, target]) {
    await lab.delivered(port.id, 'fd00:ec2::253', 53, 'udp');
    await lab.delivered(port.id, 'fd00:ec2::253', 53);
  }
  await lab.dropped('router', caller.id, 'fd00:ec2::253', 80);
  await lab.dropped('router', caller.id, 'fd00:ec2::253', 'ping');
  world.put({ ...vpc, dnsSupport: false });
  await lab.apply(plan());
  await lab.dropped('route', caller.id, 'fd00:ec2::253', 53, 'udp');
  world.put(vpc);
  await lab.apply(plan());
  await lab.delivered(caller.id, 'fd00:ec2::253', 53, 'udp');
});

test('instance metadata is there with IPv6 to whom no group lets anything out, and nothing else there', async () => {
  await lab.delivered(target.id, 'fd00:ec2::254', 80);
  await lab.delivered(target.id, '169.254.169.254', 80);
  await lab.dropped('router', caller.id, 'fd00:ec2::254', 443);
  await lab.dropped('router', caller.id, 'fd00:ec2::254', 'ping');
});

test('the time is told with IPv6 to whom no group lets anything out, and nothing else there', async () => {
  await lab.delivered(target.id, 'fd00:ec2::123', 123, 'udp');
  await lab.delivered(caller.id, '169.254.169.123', 123, 'udp');
  await lab.dropped('router', caller.id, 'fd00:ec2::123', 123);
  await lab.dropped('router', caller.id, 'fd00:ec2::123', 'ping');
});

test('the fast path carries nothing of IPv6: a connection is judged packet by packet, beside one of IPv4 that is carried', async () => {
  const carried = () => fastPathCounters()?.packets ?? 0;
  const six = await lab.connection(caller.id, at(web), 80);
  const start = carried();
  // More than it takes IPv4 to be carried.
  for (let word = 0; word < 50; word++) assert.ok(await six.echoes());
  assert.equal(carried(), start);
  const out = world.rule(callers, allowAll('egress'));
  await lab.apply(plan());
  const [address = ''] = web.addresses;
  const four = await lab.connection(caller.id, address, 80);
  for (const end = Date.now() + 10_000; carried() === start && Date.now() < end; ) assert.ok(await four.echoes());
  assert.equal(fastPathRefusal() === null, carried() > start);
  four.close();
  six.close();
  world.remove(out);
  await lab.apply(plan());
});

test('an internet gateway passes both ways, with the address as it is; each end’s groups judge', async () => {
  const { seenFrom } = await lab.delivered(front.id, at(stranger), 80);
  assert.equal(seenFrom, at(front));
  await lab.delivered(stranger.id, at(front), 80);
  await lab.delivered(stranger.id, at(front), 'ping');
  await lab.dropped('route', front.id, '3fff:0:3::1', 80);
});

test('an egress-only gateway lets connections out and their answers in; nothing new comes in', async () => {
  const { seenFrom } = await lab.delivered(shut.id, at(stranger), 80);
  assert.equal(seenFrom, at(shut));
  await lab.delivered(shut.id, at(stranger), 'ping');
  await lab.dropped('gateway', stranger.id, at(shut), 80);
  await lab.dropped('gateway', stranger.id, at(shut), 'ping');
  const connection = await lab.connection(shut.id, at(stranger), 80);
  assert.ok(await connection.echoes());
  connection.close();
});

test('without a route nothing leaves and no answer does; a route whose gateway is gone drops', async () => {
  await lab.dropped('route', caller.id, at(stranger), 80);
  await lab.dropped('route', caller.id, '3fff:0:1:2::99', 80);
  const table = world.intent().table('routeTable').get(shutTable);
  assert.ok(table);
  world.remove(egressOnly);
  await lab.apply(plan());
  await lab.dropped('route', shut.id, at(stranger), 80);
  world.put(egressOnly);
  await lab.apply(plan());
  await lab.delivered(shut.id, at(stranger), 80);
});

test('what Culvert’s own rewriting leads to is nobody’s destination', async () => {
  for (const [port, destination] of [
    [front, 'fdcf::f000:1'],
    [front, 'fdcf::f900:1'],
    [caller, 'fdcf::f800:1'],
  ] as const) {
    const packet = {
      source: at(port),
      destination,
      protocol: TCP,
      payload: tcp(at(port), destination, [1000, 80], SYN),
    };
    assert.equal(await dropStage(lab, () => sendPacket(lab.netnsOfPort(port.id), packet)), `${vpc.id} route`);
  }
});

test('a forged source goes nowhere, even inside a connection', async () => {
  const path = lab.netnsOfPort(caller.id);
  for (const source of [at(web), at(stranger), 'fd00:ec2::253', 'fdcf::f000:1', linkLocal(ROUTER_MAC)]) {
    for (const destination of [at(front), 'fd00:ec2::253']) {
      if (source === destination) continue;
      const packet = { source, destination, protocol: TCP, payload: tcp(source, destination, [1000, 53], SYN) };
      const stage = await dropStage(lab, () => sendPacket(path, packet));
      assert.equal(stage, `${vpc.id} source`, `${source} → ${destination}`);
    }
  }
  const connection = await lab.connection(front.id, at(shut), 80);
  const ports = [connection.socket.localPort ?? 0, 80] as const;
  const payload = tcp(at(front), at(shut), ports, RST);
  sendPacket(path, { source: at(front), destination: at(shut), protocol: TCP, payload });
  assert.ok(await connection.echoes());
  connection.close();
});

test('neighbour discovery: who asks for the router is answered only as itself; advertisements change nothing', async () => {
  const path = lab.netnsOfPort(caller.id);
  const router = lab.paths.netnsOf(vpc.id);
  const link = portLink(caller.id);
  const known = async () => {
    const { stdout } = await run('ip', ['-6', 'neigh', 'show', 'dev', link], { netns: router });
    return stdout.trim().split('\n').sort();
  };
  const before = await known();
  assert.match(before.join(), new RegExp(`${at(caller)} lladdr ${caller.mac} PERMANENT`));
  const own = linkLocal(caller.mac);
  const gateway = linkLocal(ROUTER_MAC);
  const solicited = 'ff02::1:ff00:1';
  const forged = '02:66:66:66:66:66';
  const send = (source: string, destination: string, payload: Buffer) =>
    attempt(() => sendPacket(path, { source, destination, protocol: ICMPV6, payload }));
  for (const source of [at(web), '3fff:0:1:2::77', 'fe80::77', at(stranger)]) {
    send(source, solicited, neighbour(135, source, solicited, gateway, forged));
    send(source, gateway, neighbour(136, source, gateway, source, forged));
  }
  send(own, gateway, neighbour(136, own, gateway, at(web), forged));
  send(own, ALL_ROUTERS, icmp6(own, ALL_ROUTERS, ROUTER_ADVERTISEMENT, Buffer.alloc(12)));
  send(own, gateway, icmp6(own, gateway, REDIRECT, Buffer.alloc(36)));
  // Its own question comes last and is answered: all before it was judged.
  await run('ip', ['-6', 'neigh', 'del', gateway, 'dev', 'eth0'], { netns: path });
  await lab.delivered(caller.id, at(web), 80);
  assert.deepEqual(
    (await known()).filter((line) => !line.startsWith(own)),
    before,
  );
  await lab.delivered(web.id, at(front), 80);
  lab.driver.forget();
  await lab.apply(plan());
});

test('a neighbour’s message in fragments, of which the first does not say what it is, is nobody’s to send on', async () => {
  const path = lab.netnsOfPort(front.id);
  const [own, far] = [at(front), at(shut)];
  const message = neighbour(136, own, far, own, '02:66:66:66:66:66');
  // Options, and that ICMPv6 follows: no more of the message is in the first.
  const options = Buffer.of(ICMPV6, 0, 1, 4, 0, 0, 0, 0);
  const send = (offset: number, isLast: boolean, part: Buffer) => {
    const header = Buffer.of(DESTINATION_OPTIONS, 0, 0, offset | (isLast ? 0 : 1), 0, 0, 0, 1);
    sendPacket(path, { source: own, destination: far, protocol: FRAGMENT, payload: Buffer.concat([header, part]) });
  };
  const stage = await dropStage(lab, () => {
    send(options.length, true, message);
    send(0, false, options);
  });
  assert.equal(stage, `${vpc.id} invalid`);
});

test('a dualstack endpoint carries both families to its service, on its port, for whom its groups let in', async () => {
  assert.equal((await lab.delivered(caller.id, eni6, 443)).seenFrom, 'fdcf::f000:1');
  await lab.dropped('group_in', front.id, eni6, 443);
  await lab.dropped('group_in', caller.id, eni6, 80);
  await lab.dropped('group_in', caller.id, eni6, 'ping');
  world.rule(doors, allowAll('ingress', inGroup(callers)));
  await lab.apply(plan());
  await lab.dropped('cross', caller.id, eni6, 'ping');
  await lab.dropped('cross', caller.id, eni6, 80);
  await lab.dropped('cross', caller.id, eni6, 443, 'udp');
  // Not from the internet either, whatever its groups say: AWS calls it DenyAllIgwTraffic.
  world.rule(doors, allowAll('ingress', ANY_6));
  await lab.apply(plan());
  await lab.delivered(front.id, eni6, 443);
  await lab.dropped('route', stranger.id, eni6, 443);
});

test('through an endpoint a segment leaves room for IPv6’s header; what is larger than its link vanishes', async () => {
  const connection = await lab.connection(caller.id, eni6, 443);
  const { stdout } = await run('ss', ['-6tin', 'dst', `[${eni6}]`], { netns: lab.netnsOfPort(caller.id) });
  assert.match(stdout, /\badvmss:\d+/);
  assert.match(stdout, /\bmss:84\d\d\b/);
  assert.ok(await connection.echoes());
  connection.close();
  const payload = Buffer.alloc(8600);
  payload.writeUInt16BE(1000, 0);
  payload.writeUInt16BE(443, 2);
  payload.writeUInt16BE(payload.length, 4);
  const packet = { source: at(caller), destination: eni6, protocol: 17, payload };
  assert.equal(await dropStage(lab, () => sendPacket(lab.netnsOfPort(caller.id), packet)), `${vpc.id} cross`);
});

test('a service cannot originate, and an endpoint that goes cuts what it carried', async () => {
  const crossing = lab.plan.crossings.find(({ id }) => id.endsWith('/ipv6'));
  assert.ok(crossing);
  const services = lab.paths.netnsOf('services');
  const { targetAddress: source, linkAddress: destination } = crossing;
  const payload = tcp(source, destination, [443, 22], SYN);
  const stage = await dropStage(lab, () =>
    attempt(() => sendPacket(services, { source, destination, protocol: TCP, payload })),
  );
  assert.equal(stage, 'services cross');
  const connection = await lab.connection(caller.id, eni6, 443);
  const [port] = sqs.interfaces;
  assert.ok(port);
  world.put({ ...port, ipv6Addresses: [] });
  await lab.apply(plan());
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  await lab.dropped('route', caller.id, eni6, 443);
  world.put(port);
  await lab.apply(plan());
  await lab.delivered(caller.id, eni6, 443);
});

test('an interface without IPv6 is untouched by it; IPv4 goes on beside it', async () => {
  const to4 = world.group(vpc, 'four', allowTcp('ingress', 80), allowAll('ingress', ANY_6));
  const both = world.instance(plainSubnet, [to4]).eni;
  world.put({ ...four, groupIds: [world.group(vpc, 'out', allowAll('egress')).id] });
  await lab.apply(plan());
  await lab.delivered(four.id, both.addresses[0] ?? '', 80);
  const { stdout } = await run('ip', ['-6', 'address', 'show', 'dev', 'eth0'], { netns: lab.netnsOfPort(both.id) });
  assert.equal(stdout, '');
});

test('an address that is taken away takes its connections with it', async () => {
  const brief = world.instance(innerSubnet, [webs], { ipv6: '3fff:0:1:2::90' });
  await lab.apply(plan());
  const connection = await lab.connection(caller.id, '3fff:0:1:2::90', 80);
  world.put({ ...brief.eni, ipv6Addresses: ['3fff:0:1:2::91'] });
  await lab.apply(plan());
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  await lab.dropped('route', caller.id, '3fff:0:1:2::90', 80);
  await lab.delivered(caller.id, '3fff:0:1:2::91', 80);
  // Gone with its machine, which would go on sending from the address that it lost.
  world.remove(brief.eni);
  world.remove(brief.instance);
  await lab.apply(plan());
});

test('when a plan is in force, packets to its addresses are taken by its machines already', async () => {
  const wanted = plan();
  const own = wanted.ports.flatMap(({ machine, addresses }) =>
    addresses.flatMap((address) => (machine !== null && isIpv6(address) ? [{ machine: machine.id, address }] : [])),
  );
  assert.ok(own.length > 5, String(own.length));
  for (let round = 0; round < 10; round++) {
    await lab.driver.teardown();
    await lab.driver.apply(wanted);
    // Without a program: starting one takes longer than the kernel.
    const missing = own.filter(({ machine, address }) => !isLocal(lab.paths.netnsOf(machine), address));
    assert.deepEqual(missing, []);
  }
  await lab.apply(wanted);
});

/** Whether the namespace takes packets to the address for its own. */
function isLocal(path: string, address: string): boolean {
  const [RTM_GETROUTE, RTA_DST, AF_INET6, RTN_LOCAL] = [26, 1, 10, 2];
  const header = Buffer.alloc(12);
  header.set([AF_INET6, 128]);
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray());
  return withNetlink(path, NETLINK_ROUTE, (socket) => {
    const answer = socket.ask(RTM_GETROUTE, Buffer.concat([header, attribute(RTA_DST, bytes)]));
    return answer?.[7] === RTN_LOCAL;
  });
}

test('applied twice, or after a restart, there is nothing to do; IPv6 comes to a VPC and goes from it', async () => {
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
  const late = world.vpc('10.9.0.0/16');
  const subnet = world.subnet(late, '10.9.0.0/24');
  const group = world.group(late, 'late', allowAll('ingress'), allowAll('ingress', ANY_6), allowAll('egress', ANY_6));
  const one = world.instance(subnet, [group]).eni;
  const two = world.instance(subnet, [group]).eni;
  await lab.apply(plan());
  world.put({ ...late, ipv6Cidrs: ['3fff:0:9::/56'] });
  world.put({ ...subnet, ipv6Cidr: '3fff:0:9::/64' });
  world.put({ ...one, ipv6Addresses: ['3fff:0:9::1:1'] });
  world.put({ ...two, ipv6Addresses: ['3fff:0:9::1:2'] });
  await lab.apply(plan());
  await lab.delivered(one.id, '3fff:0:9::1:2', 80);
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
  for (const resource of [late, subnet, one, two]) world.put(resource);
  await lab.apply(plan());
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
});
