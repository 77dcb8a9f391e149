/** VPC peering by packets on the real kernel: what passes, and that nothing passes beyond; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { run } from '../../host/exec.ts';
import { sendPacket, tcp, udp } from '../../host/raw-packets.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { compile } from '../../plan/compile.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
} from '../../plan/testing/balancing.ts';
import { allowAll, allowTcp, World } from '../../plan/testing/world.ts';
import { linkName } from './names.ts';
import { exchange } from './testing/fast.ts';
import { dropStage, EDGE, Lab } from './testing/lab.ts';

const SYN = 2;
const ANYWHERE = '0.0.0.0/0';
const lab = new Lab();
const world = new World();

/** A VPC with a subnet whose table has the given routes. */
function network(cidr: string) {
  const vpc = world.vpc(cidr);
  const [a, b] = cidr.split('.');
  const subnet = world.subnet(vpc, `${a}.${b}.1.0/24`, 'a');
  const open = world.group(vpc, 'open', allowAll('egress'), allowAll('ingress'));
  return { vpc, subnet, open };
}

// left — hub — right, and twin — hub, where twin has left's very addresses.
const left = network('10.0.0.0/16');
const hub = network('10.1.0.0/16');
const right = network('10.2.0.0/16');
const twin = network('10.0.0.0/16');
const hubTwinSide = world.subnet(hub.vpc, '10.1.2.0/24', 'a');
const hubPublic = world.subnet(hub.vpc, '10.1.3.0/24', 'b');
const hubBare = world.subnet(hub.vpc, '10.1.4.0/24', 'b');

const toHub = world.peering(left.vpc, hub.vpc);
const hubToRight = world.peering(hub.vpc, right.vpc);
const twinToHub = world.peering(twin.vpc, hub.vpc);
const via = (peering: { readonly id: string }, ...destinations: readonly string[]) =>
  destinations.map((destination) => ({ destination, target: { kind: 'vpcPeering', id: peering.id } as const }));
// Whatever left does not have goes to the hub: its neighbours, its gateway and the internet too.
world.routeTable(left.vpc, via(toHub, ANYWHERE), [left.subnet]);
world.routeTable(hub.vpc, [...via(toHub, '10.0.0.0/16'), ...via(hubToRight, '10.2.0.0/16')], [hub.subnet]);
world.routeTable(hub.vpc, via(twinToHub, '10.0.0.0/16'), [hubTwinSide]);
world.routeTable(right.vpc, via(hubToRight, '10.1.0.0/16', '10.0.0.0/16'), [right.subnet]);
world.routeTable(twin.vpc, via(twinToHub, '10.1.0.0/16'), [twin.subnet]);
world.gateway(hub.vpc, [hubPublic]);

const leftCaller = world.instance(left.subnet, [left.open]).eni;
const hubHost = world.instance(hub.subnet, [hub.open]).eni;
const hubTwinHost = world.instance(hubTwinSide, [hub.open]).eni;
const hubFront = world.instance(hubPublic, [hub.open], { isPublic: true }).eni;
const hubLonely = world.instance(hubBare, [hub.open]).eni;
const rightHost = world.instance(right.subnet, [right.open]).eni;
const twinCaller = world.instance(twin.subnet, [twin.open]).eni;

const plan = () => compile(world.intent(), NO_FACTS);
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';

before(() => lab.apply(plan()));
after(() => lab.close());

test('both sides may originate, and see each other’s own addresses', async () => {
  assert.equal(at(leftCaller), at(twinCaller));
  assert.equal((await lab.delivered(leftCaller.id, at(hubHost), 80)).seenFrom, at(leftCaller));
  assert.equal((await lab.delivered(hubHost.id, at(leftCaller), 80)).seenFrom, at(hubHost));
  await lab.delivered(leftCaller.id, at(hubHost), 'ping');
  await lab.delivered(leftCaller.id, at(hubHost), 9000, 'udp');
});

test('equal ranges on two connections: each subnet has the one that its routes say', async () => {
  const { where } = await lab.delivered(hubHost.id, at(leftCaller), 80);
  assert.equal(where, leftCaller.attachment?.instanceId);
  const other = await lab.delivered(hubTwinHost.id, at(twinCaller), 80);
  assert.equal(other.where, twinCaller.attachment?.instanceId);
  await lab.delivered(twinCaller.id, at(hubTwinHost), 80);
});

test('a route is needed at both sides', async () => {
  // It arrives; what answers has no way. Not by TCP, which would answer again and again, and be counted then.
  await lab.dropped('route', leftCaller.id, at(hubLonely), 9000, 'udp');
  await lab.dropped('route', hubLonely.id, at(leftCaller), 80);
  // To hubHost's subnet the address is left's.
  await lab.dropped('route', twinCaller.id, at(hubLonely), 9000, 'udp');
});

test('not transitive: no second connection, no internet gateway, none of AWS’s services', async () => {
  await lab.dropped('link', leftCaller.id, at(rightHost), 80);
  await lab.dropped('link', rightHost.id, at(leftCaller), 80);
  const service = lab.plan.services.find(({ service: name }) => name === 'sqs');
  assert.ok(service);
  await lab.delivered(hubFront.id, service.internetAddress, 443);
  await lab.dropped('link', leftCaller.id, service.internetAddress, 443);
  await lab.dropped('link', leftCaller.id, hubFront.publicAddress ?? '', 80);
});

test('nor by a packet made beyond the sender’s gate, nor with an instance that forwards', async () => {
  // At the door of the hub, past left's own gate: the hub itself routes it nowhere but to its own ports.
  const router = lab.paths.netnsOf(left.vpc.id);
  const outside = [at(rightHost), lab.plan.services[0]?.internetAddress ?? '', '10.1.0.2', '10.1.1.1'];
  const stages = ['route', 'route', 'router', 'router'];
  await run('nft', ['insert', 'rule', 'ip', 'culvert', 'answer', 'accept'], { netns: router });
  for (const [n, destination] of outside.entries()) {
    const way = [destination, 'via', '252.0.0.1', 'dev', linkName(toHub.id), 'onlink'];
    await run('ip', ['route', 'replace', ...way, 'table', 'main'], { netns: router });
    await run('ip', ['rule', 'add', 'to', destination, 'lookup', 'main', 'priority', '5'], { netns: router });
    const packet = { source: at(leftCaller), destination, protocol: 17, payload: udp(1000, 53, 'x') };
    assert.equal(await dropStage(lab, () => sendPacket(router, packet)), `${hub.vpc.id} ${stages[n]}`, destination);
  }
  lab.driver.forget();
  assert.ok((await lab.apply(plan())) > 0);
  // Source/destination check off: a foreign source does not enter either.
  world.put({ ...leftCaller, sourceDestCheck: false });
  await lab.apply(plan());
  const source = '172.16.0.9';
  const syn = tcp(source, at(hubHost), [1000, 80], SYN);
  const packet = { source, destination: at(hubHost), protocol: 6, payload: syn };
  assert.equal(await dropStage(lab, () => sendPacket(lab.netnsOfPort(leftCaller.id), packet)), `${left.vpc.id} link`);
  world.put(leftCaller);
  await lab.apply(plan());
});

test('the other VPC’s resolver and router addresses answer nobody beyond', async () => {
  await lab.delivered(hubHost.id, '10.1.0.2', 53, 'udp');
  await lab.dropped('router', leftCaller.id, '10.1.0.2', 53, 'udp');
  await lab.dropped('router', leftCaller.id, '10.1.0.2', 53);
  await lab.dropped('router', leftCaller.id, '10.1.1.1', 'ping');
});

test('groups of both sides decide, and one may name the other’s: by the connection, not by the address alone', async () => {
  const friends = world.group(left.vpc, 'friends', allowAll('egress'));
  const friendsOnly = world.group(
    hub.vpc,
    'friends-only',
    allowTcp('ingress', 80, {
      kind: 'group',
      groupId: friends.id,
      account: friends.account,
      peered: { vpcId: left.vpc.id, peeringId: toHub.id },
    }),
    allowTcp('egress', 22, {
      kind: 'group',
      groupId: friends.id,
      account: friends.account,
      peered: { vpcId: left.vpc.id, peeringId: toHub.id },
    }),
  );
  const guarded = world.instance(hub.subnet, [friendsOnly]).eni;
  const guardedTwin = world.instance(hubTwinSide, [friendsOnly]).eni;
  await lab.apply(plan());
  await lab.dropped('group_in', leftCaller.id, at(guarded), 80);
  world.put({ ...leftCaller, groupIds: [friends.id, left.open.id] });
  await lab.apply(plan());
  await lab.delivered(leftCaller.id, at(guarded), 80);
  await lab.dropped('group_in', leftCaller.id, at(guarded), 443);
  await lab.delivered(guarded.id, at(leftCaller), 22);
  await lab.dropped('group_out', guarded.id, at(leftCaller), 80);
  // twin's instance has the member's address, and comes and is reached by another connection.
  await lab.dropped('group_in', twinCaller.id, at(guardedTwin), 80);
  await lab.dropped('group_out', guardedTwin.id, at(twinCaller), 22);
  world.put(leftCaller);
  await lab.apply(plan());
});

test('an endpoint and a load balancer of the other VPC are within reach: their addresses are in its range', async () => {
  const ends = world.group(hub.vpc, 'endpoint', allowTcp('ingress', 443, { kind: 'cidr', cidr: '10.0.0.0/8' }));
  const { interfaces } = world.endpoint(hub.vpc, 'sqs', [hub.subnet], [ends]);
  const eni = interfaces[0];
  assert.ok(eni);
  const shop = addBalancer(world, hub.vpc, 'shop', [hub.subnet]);
  const web = addTargetGroup(world, hub.vpc, 'web', { attributes: { 'preserve_client_ip.enabled': 'true' } });
  // In its own subnet the client's address is twin's: what answers goes by the load balancer's.
  const target = world.instance(hubTwinSide, [hub.open]);
  addListener(world, shop.balancer, web);
  addTarget(world, web, target.instance);
  await lab.apply(plan());
  const { where } = await lab.delivered(leftCaller.id, at(eni), 443);
  assert.equal(where, 'service');
  await lab.dropped('group_in', leftCaller.id, at(eni), 80);
  const node = shop.nodes[0];
  assert.ok(node);
  const answer = await lab.delivered(leftCaller.id, at(node), 80);
  assert.notEqual(answer.where, EDGE);
  assert.equal(answer.seenFrom, at(leftCaller));
  // A way back is needed from the endpoint's subnet as from any other.
  const [moved] = world.endpoint(hub.vpc, 'sns', [hubBare], [ends]).interfaces;
  assert.ok(moved);
  await lab.apply(plan());
  await lab.dropped('route', leftCaller.id, at(moved), 443);
});

test('an endpoint in its service’s own VPC, which the edge serves, answers by the routes of its own subnet', async () => {
  const crossZone = { 'load_balancing.cross_zone.enabled': 'true' };
  const { balancer } = addBalancer(world, hub.vpc, 'edge', [hub.subnet, hubBare], { attributes: crossZone });
  const attributes = { 'preserve_client_ip.enabled': 'false', 'proxy_protocol_v2.enabled': 'true' };
  const group = addTargetGroup(world, hub.vpc, 'edge', { attributes });
  addListener(world, balancer, group, 443);
  addTarget(world, group, world.instance(hub.subnet, [hub.open]).instance);
  const service = addService(world, [balancer]);
  const sides = [hub.subnet, hubTwinSide, hubBare].map((subnet) => {
    const [eni] = addServiceEndpoint(world, hub.vpc, service, [subnet], [hub.open]).interfaces;
    assert.ok(eni);
    return eni;
  });
  await lab.apply(plan());
  const [near, twins, bare] = sides.map(at) as [string, string, string];
  // The same address, by the connection of which it is.
  for (const [from, to] of [
    [leftCaller.id, near],
    [twinCaller.id, twins],
    [hubHost.id, bare],
  ] as const) {
    assert.equal((await lab.delivered(from, to, 443)).where, EDGE);
    const connection = await lab.connection(from, to, 443);
    assert.ok(await connection.echoes());
    connection.close();
  }
  await lab.dropped('router', leftCaller.id, bare, 443);
  await lab.dropped('router', twinCaller.id, bare, 443);
});

test('deleting it cuts all connections at once and leaves blackholes', async () => {
  const connection = await lab.connection(leftCaller.id, at(hubHost), 80);
  assert.ok(await connection.echoes());
  world.put({ ...toHub, deletion: { by: left.vpc.account, at: toHub.createdAt, revision: 1 } });
  await lab.apply(plan());
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  await lab.dropped('route', leftCaller.id, at(hubHost), 80);
  await lab.dropped('route', hubHost.id, at(leftCaller), 80);
  // The others live.
  await lab.delivered(hubHost.id, at(rightHost), 80);
  await lab.delivered(twinCaller.id, at(hubTwinHost), 80);
  world.put(toHub);
  await lab.apply(plan());
  await lab.delivered(leftCaller.id, at(hubHost), 80);
});

test('between regions 8500 bytes: TCP is told at its start, what is larger is dropped without an answer', async () => {
  world.put({ ...toHub, accepter: { ...toHub.accepter, region: 'eu-west-1' } });
  await lab.apply(plan());
  const large = (length: number) => udp(1000, 9000, 'x'.repeat(length));
  const send = (payload: Buffer) => () =>
    sendPacket(lab.netnsOfPort(leftCaller.id), {
      source: at(leftCaller),
      destination: at(hubHost),
      protocol: 17,
      payload,
      whole: true,
    });
  // Answers of an endpoint without a way back may be counted too, and again: this stage alone is asked.
  const dropped = () => lab.counters()[left.vpc.id]?.link ?? 0;
  const earlier = dropped();
  send(large(8600))();
  for (const end = Date.now() + 10_000; dropped() === earlier; await setTimeout(4)) assert.ok(Date.now() < end);
  const connection = await lab.connection(leftCaller.id, at(hubHost), 80);
  connection.socket.write(`${'x'.repeat(100_000)}\n`);
  assert.equal((await connection.line())?.length, 100_000);
  connection.close();
  const { stdout } = await run('ip', ['-j', 'link', 'show', 'dev', linkName(toHub.id)], {
    netns: lab.paths.netnsOf(hub.vpc.id),
  });
  assert.equal(JSON.parse(stdout)[0].mtu, 8500);
  world.put(toHub);
  await lab.apply(plan());
});

test('a peering connection’s two ends meter what passes, on the fast path too', async () => {
  const readings = async () => {
    const all = (await lab.driver.readMeters(lab.plan)).filter(
      ({ kind, id }) => kind === 'link' && id === hubToRight.id,
    );
    const of = (domain: string) => all.find((each) => each.domain === domain) ?? assert.fail();
    return { near: of(hub.vpc.id), far: of(right.vpc.id) };
  };
  const before = await readings();
  const connection = await lab.connection(hubHost.id, at(rightHost), 80);
  const bytes = 1 << 20;
  await exchange(connection, bytes);
  const { near, far } = await readings();
  assert.deepEqual([near.forward, near.back], [far.back, far.forward]);
  for (const way of ['forward', 'back'] as const) {
    const counted = near[way].bytes - before.near[way].bytes;
    assert.ok(counted > bytes && counted < 1.5 * bytes, `${way}: ${counted}`);
  }
  connection.close();
});
