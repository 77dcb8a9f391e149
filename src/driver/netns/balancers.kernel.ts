/** Load balancers and services behind endpoints, by packets on the real kernel; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { trace } from '../../analyse/trace.ts';
import { run } from '../../host/exec.ts';
import { runNft } from '../../host/nftables.ts';
import { hostPaths } from '../../host/paths.ts';
import { sendPacket, tcp, udp } from '../../host/raw-packets.ts';
import { bringPrograms } from '../../host/testing/programs.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan } from '../../plan/plan.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
  healthOf,
} from '../../plan/testing/balancing.ts';
import { allowAll, allowTcp, inGroup, World } from '../../plan/testing/world.ts';
import { crossingLink } from './names.ts';
import { attempt, dropStage, EDGE, Lab } from './testing/lab.ts';

const SYN = 2;
const ACK = 16;
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';
const only = (address: string) => ({ kind: 'cidr', cidr: `${address}/32` }) as const;
const CROSS_ZONE = { 'load_balancing.cross_zone.enabled': 'true' };
const HIDE_CLIENT = { 'preserve_client_ip.enabled': 'false' };

const lab = new Lab();
const world = new World();

const provider = world.vpc('10.0.0.0/16');
const front = world.subnet(provider, '10.0.0.0/24', 'a');
const zoneA = world.subnet(provider, '10.0.10.0/24', 'a');
const zoneB = world.subnet(provider, '10.0.11.0/24', 'b');
const inside = world.group(provider, 'inside', allowAll('egress'), allowAll('ingress'));
const insider = world.instance(zoneA, [inside]).eni;
// Without groups, not preserving clients' addresses; targets let in its nodes alone.
const shop = addBalancer(world, provider, 'shop', [zoneA, zoneB], { attributes: CROSS_ZONE });
const nodeIn = (subnet: { readonly id: string }) => {
  const node = shop.nodes.find(({ subnetId }) => subnetId === subnet.id);
  assert.ok(node);
  return at(node);
};
const [nodeA, nodeB] = [nodeIn(zoneA), nodeIn(zoneB)];
const servers = world.group(provider, 'servers', allowAll('egress'), allowTcp('ingress', 80, only(nodeB)));
const nodeRule = world.rule(servers, allowTcp('ingress', 80, only(nodeA)));
const one = world.instance(zoneA, [servers]);
const two = world.instance(zoneB, [servers]);
const web = addTargetGroup(world, provider, 'web', { attributes: HIDE_CLIENT });
const webListener = addListener(world, shop.balancer, web);
const toOne = addTarget(world, web, one.instance);
const toTwo = addTarget(world, web, two.instance);
const service = addService(world, [shop.balancer]);

function consumer() {
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.10.0/24', 'a');
  const group = world.group(vpc, 'endpoint', allowAll('ingress'));
  const clients = world.group(vpc, 'clients', allowAll('egress'), allowTcp('ingress', 22));
  const client = world.instance(subnet, [clients]).eni;
  const made = addServiceEndpoint(world, vpc, service, [subnet], [group]);
  const eni = at(made.interfaces[0] ?? { addresses: [] });
  return { vpc, subnet, group, clients, client, ...made, eni };
}
const first = consumer();
const second = consumer();

const facts = healthOf([toOne, toTwo]);
const plan = () => compile(world.intent(), facts);
const machineOf = ({ instance }: { readonly instance: { readonly id: string } }) => instance.id;

before(async () => {
  await bringPrograms({ packages: { conntrack: ['conntrack'] }, folder: join(hostPaths().cache, 'test-tools') });
  await lab.apply(plan());
});
after(() => lab.close());

/** With other idle times than an API takes. */
function withIdle(full: Plan, idleSeconds: number): Plan {
  return {
    ...full,
    balancers: full.balancers.map((balancer) => ({
      ...balancer,
      nodes: balancer.nodes.map((node) => ({
        ...node,
        listeners: node.listeners.map((listener) => ({ ...listener, idleSeconds })),
      })),
    })),
  };
}

/** Who serves several connections. */
async function served(from: string, to: string, count = 12): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let turn = 0; turn < count; turn++) {
    const { where } = await lab.delivered(from, to, 80);
    found.set(where, (found.get(where) ?? 0) + 1);
  }
  return found;
}

test('through an endpoint to a target: spread over all, seen from the node; nothing but the listener', async () => {
  const { seenFrom } = await lab.delivered(first.client.id, first.eni, 80);
  assert.equal(seenFrom, nodeA);
  const found = await served(first.client.id, first.eni, 24);
  assert.deepEqual([...found.keys()].sort(), [machineOf(one), machineOf(two)].sort());
  await lab.dropped('cross', first.client.id, first.eni, 8080);
  await lab.dropped('cross', first.client.id, first.eni, 80, 'udp');
  await lab.dropped('cross', first.client.id, first.eni, 'ping');
});

test('two consumers and the provider with equal ranges and equal addresses, at once', async () => {
  assert.equal(at(first.client), at(second.client));
  assert.equal(first.eni, second.eni);
  const path = (port: string) => lab.netnsOfPort(port);
  const both = await Promise.all(
    [first, second].map(({ client, eni }) => lab.connectionIn(path(client.id), eni, 80, undefined)),
  );
  for (const connection of both) assert.ok(await connection.echoes());
  for (const connection of both) connection.close();
  await lab.delivered(second.client.id, second.eni, 80);
  // An address that both have is still its own in each.
  await lab.dropped('route', first.client.id, nodeB, 80);
});

test('targets judge the node’s address, in any subnet', async () => {
  world.remove(nodeRule);
  await lab.apply(plan());
  await lab.dropped('group_in', first.client.id, first.eni, 80);
  world.put(nodeRule);
  await lab.apply(plan());
  await lab.delivered(first.client.id, first.eni, 80);
});

test('waiting for acceptance nothing passes; a rejection cuts what is at once', async () => {
  world.put({ ...first.endpoint, acceptance: 'pending' });
  await lab.apply(plan());
  await lab.dropped('cross', first.client.id, first.eni, 80);
  world.put(first.endpoint);
  await lab.apply(plan());
  const mine = await lab.connection(first.client.id, first.eni, 80);
  const others = await lab.connection(second.client.id, second.eni, 80);
  world.put({ ...first.endpoint, acceptance: 'rejected' });
  await lab.apply(plan());
  assert.ok(!(await mine.echoes(200)));
  assert.ok(await others.echoes());
  await lab.dropped('cross', first.client.id, first.eni, 80);
  mine.close();
  others.close();
  world.put(first.endpoint);
  await lab.apply(plan());
  await lab.delivered(first.client.id, first.eni, 80);
});

test('a provider cannot originate: no target, no socket of its router, no packet made at the consumer’s door', async () => {
  const crossing = lab.plan.crossings.find(({ consumer: id }) => id === first.vpc.id);
  assert.ok(crossing);
  const { linkAddress, targetAddress } = crossing;
  const packet = (source: string, destination: string, flags = SYN) => ({
    source,
    destination,
    protocol: 6,
    payload: tcp(source, destination, [80, 22], flags),
  });
  const machine = lab.netnsOfPort(one.eni.id);
  for (const destination of [linkAddress, targetAddress]) {
    const stage = await dropStage(lab, () => sendPacket(machine, packet(at(one.eni), destination)));
    assert.equal(stage, `${provider.id} route`, destination);
  }
  const router = lab.paths.netnsOf(provider.id);
  for (const source of [targetAddress, nodeA]) {
    const stage = await dropStage(lab, () => attempt(() => sendPacket(router, packet(source, linkAddress))));
    assert.equal(stage, `${provider.id} router`, source);
  }
  runNft(router, 'flush chain ip culvert answer\nadd rule ip culvert answer accept');
  const link = crossingLink(first.vpc.id);
  await run('ip', ['route', 'add', '192.0.2.0/24', 'via', '252.0.0.1', 'dev', link, 'onlink'], { netns: router });
  for (const destination of [linkAddress, '192.0.2.1']) {
    for (const flags of [SYN, ACK]) {
      const stage = await dropStage(lab, () => sendPacket(router, packet(targetAddress, destination, flags)));
      assert.equal(stage, `${first.vpc.id} cross`, destination);
    }
  }
  lab.driver.forget();
  assert.ok((await lab.apply(plan())) > 0);
  const stage = await dropStage(lab, () => attempt(() => sendPacket(router, packet(targetAddress, linkAddress))));
  assert.equal(stage, `${provider.id} router`);
});

test('from a link only its own crossings come in, to a node’s crossing address', async () => {
  const crossing = (id: string) => lab.plan.crossings.find((each) => each.consumer === id);
  const [mine, other] = [crossing(first.vpc.id), crossing(second.vpc.id)];
  assert.ok(mine && other);
  const path = lab.paths.netnsOf(first.vpc.id);
  const nodes = lab.plan.balancers[0]?.nodes.map(({ crossingAddress }) => crossingAddress) ?? [];
  const elsewhere = nodes.find((address) => address !== mine.targetAddress) ?? '';
  runNft(path, 'flush chain ip culvert answer\nadd rule ip culvert answer accept');
  const via = ['via', '252.0.0.1', 'dev', crossingLink(provider.id), 'onlink'];
  await run('ip', ['route', 'replace', '10.0.11.0/24', ...via], { netns: path });
  await run('ip', ['route', 'replace', `${elsewhere}/32`, ...via], { netns: path });
  for (const [source, destination] of [
    [other.linkAddress, mine.targetAddress],
    [at(first.client), mine.targetAddress],
    [mine.linkAddress, elsewhere],
    [mine.linkAddress, at(two.eni)],
    [mine.linkAddress, nodeB],
  ] as const) {
    const payload = tcp(source, destination, [4000, 80], SYN);
    const stage = await dropStage(lab, () => sendPacket(path, { source, destination, protocol: 6, payload }));
    assert.equal(stage, `${provider.id} cross`, `${source} → ${destination}`);
  }
  const source = mine.linkAddress;
  const payload = tcp(source, mine.targetAddress, [4000, 8080], SYN);
  const packet = { source, destination: mine.targetAddress, protocol: 6, payload };
  assert.equal(await dropStage(lab, () => sendPacket(path, packet)), `${provider.id} spread`);
  lab.driver.forget();
  await lab.apply(plan());
});

test('the load balancer’s groups judge the consumer’s own address; a rule that names a group means nobody there', async () => {
  const doors = world.group(provider, 'doors', allowAll('egress'), allowTcp('ingress', 80, inGroup(inside)));
  // A member of the provider's group has the very address of the consumer's client.
  assert.equal(at(insider), at(first.client));
  const guarded = addBalancer(world, provider, 'guarded', [zoneA], { groups: [doors] });
  world.rule(servers, allowTcp('ingress', 80, only(at(guarded.nodes[0] ?? insider))));
  const group = addTargetGroup(world, provider, 'guarded', { attributes: HIDE_CLIENT });
  addListener(world, guarded.balancer, group);
  addTarget(world, group, one.instance);
  const made = addServiceEndpoint(
    world,
    first.vpc,
    addService(world, [guarded.balancer]),
    [first.subnet],
    [first.group],
  );
  const eni = at(made.interfaces[0] ?? insider);
  const node = at(guarded.nodes[0] ?? insider);
  await lab.apply(plan());
  await lab.dropped('group_in', first.client.id, eni, 80);
  await lab.delivered(insider.id, node, 80);
  const rule = world.rule(doors, allowTcp('ingress', 80, only(at(first.client))));
  await lab.apply(plan());
  await lab.delivered(first.client.id, eni, 80);
  // What is, outlives the rule; and with the guard off, none is asked for.
  const connection = await lab.connection(first.client.id, eni, 80);
  world.remove(rule);
  await lab.apply(plan());
  assert.ok(await connection.echoes());
  connection.close();
  await lab.dropped('group_in', first.client.id, eni, 80);
  world.put({ ...guarded.balancer, guardPrivateLink: false });
  await lab.apply(plan());
  await lab.delivered(first.client.id, eni, 80);
  // What it sends to targets its groups judge, too.
  const egress = world.intent().table('securityGroupRule').by('groupId', doors.id);
  const out = egress.find(({ direction }) => direction === 'egress');
  assert.ok(out);
  world.remove(out);
  await lab.apply(plan());
  await lab.dropped('group_out', first.client.id, eni, 80);
  await lab.dropped('group_out', insider.id, node, 80);
});

test('inside the provider’s VPC: the node hides the client or keeps it, as the group says', async () => {
  assert.equal((await lab.delivered(insider.id, nodeA, 80)).seenFrom, nodeA);
  await lab.dropped('spread', insider.id, nodeA, 8080);
  await lab.dropped('spread', insider.id, nodeA, 'ping');
  await lab.dropped('group_in', insider.id, at(one.eni), 80);
  // A target may be its own client where it does not see that.
  const itself = world.instance(zoneA, [inside]);
  const group = addTargetGroup(world, provider, 'own');
  const own = addBalancer(world, provider, 'own', [zoneA]);
  addListener(world, own.balancer, group);
  addTarget(world, group, itself.instance);
  const node = at(own.nodes[0] ?? insider);
  await lab.apply(plan());
  assert.equal((await lab.delivered(insider.id, node, 80)).seenFrom, at(insider));
  await lab.dropped('spread', itself.eni.id, node, 80);
  world.put({ ...group, attributes: HIDE_CLIENT });
  await lab.apply(plan());
  assert.equal((await lab.delivered(itself.eni.id, node, 80)).seenFrom, node);
});

test('a rule that names the load balancer’s group lets its clients in, though they keep their addresses', async () => {
  const doors = world.group(provider, 'doors2', allowAll('ingress'), allowAll('egress'));
  const behind = world.group(provider, 'behind', allowTcp('ingress', 80, inGroup(doors)));
  const target = world.instance(zoneB, [behind]);
  const { balancer, nodes } = addBalancer(world, provider, 'named', [zoneB], { groups: [doors] });
  const group = addTargetGroup(world, provider, 'named');
  addListener(world, balancer, group);
  addTarget(world, group, target.instance);
  await lab.apply(plan());
  const { seenFrom } = await lab.delivered(insider.id, at(nodes[0] ?? insider), 80);
  assert.equal(seenFrom, at(insider));
  await lab.dropped('group_in', insider.id, at(target.eni), 80);
});

test('an endpoint to a service of the same VPC', async () => {
  const made = addServiceEndpoint(world, provider, service, [zoneA], [inside]);
  const eni = at(made.interfaces[0] ?? insider);
  await lab.apply(plan());
  assert.equal((await lab.delivered(insider.id, eni, 80)).seenFrom, nodeA);
  await lab.dropped('cross', insider.id, eni, 8080);
  const connection = await lab.connection(insider.id, eni, 80);
  world.put({ ...made.endpoint, acceptance: 'rejected' });
  await lab.apply(plan());
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  await lab.dropped('cross', insider.id, eni, 80);
});

test('several endpoints between the same two VPCs, and the other way round', async () => {
  const more = addServiceEndpoint(world, first.vpc, service, [first.subnet], [first.group]);
  const back = addBalancer(world, first.vpc, 'back', [first.subnet]);
  const group = addTargetGroup(world, first.vpc, 'back', { port: 22, targetType: 'ip' });
  addListener(world, back.balancer, group, 2222);
  addTarget(world, group, { address: at(first.client), zoneId: first.subnet.zoneId });
  const made = addServiceEndpoint(world, provider, addService(world, [back.balancer]), [zoneA], [inside]);
  await lab.apply(plan());
  await lab.delivered(first.client.id, at(more.interfaces[0] ?? insider), 80);
  await lab.delivered(first.client.id, first.eni, 80);
  const { where, seenFrom } = await lab.delivered(insider.id, at(made.interfaces[0] ?? insider), 2222);
  assert.deepEqual([where, seenFrom], [lab.port(first.client.id).machine?.id, at(back.nodes[0] ?? insider)]);
  await lab.dropped('cross', insider.id, at(made.interfaces[0] ?? insider), 80);
});

test('from the internet to an internet-facing node; targets in subnets without a way out answer', async () => {
  world.gateway(provider, [front]);
  const outer = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(outer, '10.0.10.0/24', 'a');
  world.gateway(outer, [subnet]);
  const client = world.instance(subnet, [world.group(outer, 'clients', allowAll('egress'))], { isPublic: true }).eni;
  const doors = world.group(provider, 'doors3', allowAll('egress'));
  const rule = world.rule(doors, allowTcp('ingress', 80, only(client.publicAddress ?? '')));
  const { balancer, nodes } = addBalancer(world, provider, 'facing', [front], {
    groups: [doors],
    scheme: 'internet-facing',
  });
  const target = world.instance(zoneA, [inside]);
  const group = addTargetGroup(world, provider, 'facing');
  addListener(world, balancer, group);
  addTarget(world, group, target.instance);
  const [node] = nodes;
  const address = node?.publicAddress ?? '';
  await lab.apply(plan());
  assert.equal((await lab.delivered(client.id, address, 80)).seenFrom, client.publicAddress);
  await lab.dropped('group_in', client.id, address, 8080);
  world.put({ ...group, attributes: HIDE_CLIENT });
  await lab.apply(plan());
  assert.equal((await lab.delivered(client.id, address, 80)).seenFrom, at(node ?? insider));
  world.remove(rule);
  await lab.apply(plan());
  await lab.dropped('group_in', client.id, address, 80);
});

test('a target that goes keeps what it has and gets nothing new; one that is cut is reset', async () => {
  // Which target a flow gets is a hash's choice: with 40, each has some but for one run in 2^39.
  const connections = await Promise.all(
    Array.from({ length: 40 }, () => lab.connection(first.client.id, first.eni, 80)),
  );
  world.remove(toOne);
  await lab.apply(plan());
  for (const connection of connections) assert.ok(await connection.echoes());
  const found = await served(first.client.id, first.eni);
  assert.deepEqual([...found.keys()], [machineOf(two)]);
  world.put(toOne);
  await lab.apply(plan());
  // Unhealthy, and its flows end: those to the other target go on.
  await lab.apply(compile(world.intent(), healthOf([toTwo], [toOne])));
  const alive = await Promise.all(connections.map((connection) => connection.echoes()));
  assert.ok(alive.includes(true) && alive.includes(false), String(alive));
  for (const [index, connection] of connections.entries()) {
    assert.equal(connection.error, alive[index] ? undefined : 'ECONNRESET');
    connection.close();
  }
  await lab.apply(plan());
});

test('nobody to send to: dropped', async () => {
  world.remove(toOne);
  world.remove(toTwo);
  await lab.apply(plan());
  await lab.dropped('spread', first.client.id, first.eni, 80);
  await lab.dropped('spread', insider.id, nodeA, 80);
  world.put(toOne);
  world.put(toTwo);
  await lab.apply(plan());
});

test('stickiness: a client stays with its target, and a target that comes moves few', async () => {
  world.put({ ...web, attributes: { ...HIDE_CLIENT, 'stickiness.enabled': 'true' } });
  await lab.apply(plan());
  const found = await served(first.client.id, first.eni);
  assert.equal(found.size, 1);
  world.put(web);
  await lab.apply(plan());
  assert.equal((await served(first.client.id, first.eni, 24)).size, 2);
});

test('a silent connection is forgotten, and what comes then is reset; one that speaks stays', async () => {
  world.put({ ...webListener, attributes: { 'tcp.idle_timeout.seconds': '60' } });
  await lab.apply(withIdle(plan(), 2));
  const clients = [
    [first.client.id, first.eni],
    [insider.id, nodeA],
  ] as const;
  const alive = await lab.connection(first.client.id, first.eni, 80);
  const begun = performance.now();
  const silent = await Promise.all(clients.map(([from, to]) => lab.connection(from, to, 80)));
  // Tracking may not have seen more of them than their begin: in whatever state.
  const [link = '', near = ''] = silent.map(({ socket }) => ` sport=${socket.localPort} `);
  const isSilent = (line: string) => line.includes(line.includes(`src=${at(insider)} `) ? near : link);
  let left: string[] = [];
  do {
    assert.ok(await alive.echoes());
    const { stdout } = await run('conntrack', ['-L', '-p', 'tcp'], { netns: lab.paths.netnsOf(provider.id) });
    left = stdout.split('\n').filter(isSilent);
  } while (left.length > 0 && performance.now() - begun < 20_000);
  assert.deepEqual(left, []);
  assert.ok(performance.now() - begun > 1500, 'forgotten too soon');
  for (const connection of silent) {
    assert.ok(await connection.isReset(), connection.error);
    connection.close();
  }
  assert.ok(await alive.echoes());
  alive.close();
  world.put(webListener);
  await lab.apply(plan());
});

test('UDP through an endpoint; what is larger than an endpoint’s MTU vanishes', async () => {
  const { balancer } = addBalancer(world, provider, 'datagrams', [zoneA]);
  const group = addTargetGroup(world, provider, 'datagrams', { protocol: 'UDP', port: 9000 });
  addListener(world, balancer, group, 9001);
  const target = world.instance(zoneA, [inside]);
  addTarget(world, group, target.instance);
  const made = addServiceEndpoint(world, first.vpc, addService(world, [balancer]), [first.subnet], [first.group]);
  const eni = at(made.interfaces[0] ?? insider);
  await lab.apply(plan());
  await lab.delivered(first.client.id, eni, 9001, 'udp');
  const path = lab.netnsOfPort(first.client.id);
  const datagram = (bytes: number) => ({
    source: at(first.client),
    destination: eni,
    protocol: 17,
    payload: udp(7000, 9001, 'x'.repeat(bytes - 28)),
  });
  assert.equal(await dropStage(lab, () => sendPacket(path, datagram(8501))), `${first.vpc.id} cross`);
  const before = lab.drops();
  sendPacket(path, datagram(8500));
  // Behind it on the same way.
  await lab.delivered(first.client.id, eni, 9001, 'udp');
  assert.equal(lab.newDrop(before), undefined);
  // TCP is told at its start, both ends.
  const connection = await lab.connection(first.client.id, first.eni, 80);
  connection.socket.write(`${'y'.repeat(300_000)}\n`);
  assert.equal((await connection.line())?.length, 300_000);
  const port = connection.socket.localPort;
  const ends = [first.client.id, one.eni.id, two.eni.id].map(async (id) => {
    const where = `( sport = :${port} or dport = :${port} )`;
    const { stdout } = await run('ss', ['-tinH', where], { netns: lab.netnsOfPort(id) });
    return [...stdout.matchAll(/ mss:(\d+)/g)].map(([, mss]) => Number(mss));
  });
  const sizes = (await Promise.all(ends)).flat();
  assert.equal(sizes.length, 2, String(sizes));
  for (const size of sizes) assert.ok(size > 8000 && size <= 8460, String(sizes));
  connection.close();
});

test('served by the edge: it is let in at the node and beyond crossings, and out to targets from the node alone', async () => {
  const doors = world.group(provider, 'doors4', allowTcp('ingress', 443), allowAll('egress'));
  const { balancer, nodes } = addBalancer(world, provider, 'edge', [zoneA], { groups: [doors] });
  const node = at(nodes[0] ?? insider);
  const behind = world.group(provider, 'behind2', allowTcp('ingress', 80, only(node)));
  const target = world.instance(zoneA, [behind]);
  const group = addTargetGroup(world, provider, 'edge', {
    attributes: { ...HIDE_CLIENT, 'proxy_protocol_v2.enabled': 'true' },
  });
  addListener(world, balancer, group, 443);
  addTarget(world, group, target.instance);
  const offered = addService(world, [balancer]);
  const made = addServiceEndpoint(world, first.vpc, offered, [first.subnet], [first.group]);
  const inner = addServiceEndpoint(world, provider, offered, [zoneA], [inside]);
  await lab.apply(plan());
  const linkOf = (id: string | undefined) => lab.plan.crossings.find((each) => each.id === id)?.linkAddress;
  for (const [from, to, source] of [
    [first.client.id, at(made.interfaces[0] ?? insider), linkOf(made.interfaces[0]?.id)],
    [insider.id, at(inner.interfaces[0] ?? insider), linkOf(inner.interfaces[0]?.id)],
    [insider.id, node, at(insider)],
  ] as const) {
    const { where, seenFrom } = await lab.delivered(from, to, 443);
    assert.deepEqual([where, seenFrom], [EDGE, source]);
    const connection = await lab.connection(from, to, 443);
    assert.ok(await connection.echoes());
    connection.close();
  }
  await lab.dropped('group_in', insider.id, node, 80);

  // Its own connections.
  const router = lab.paths.netnsOf(provider.id);
  const packet = (source: string, destination: string, port: number) => ({
    source,
    destination,
    protocol: 6,
    payload: tcp(source, destination, [5000, port], SYN),
  });
  const connection = await lab.connectionIn(router, at(target.eni), 80, node);
  assert.ok(await connection.echoes());
  connection.close();
  const crossingAddress = lab.plan.balancers.find(({ id }) => id === balancer.id)?.nodes[0]?.crossingAddress ?? '';
  for (const [source, destination, port] of [
    [node, at(target.eni), 22],
    [node, at(insider), 80],
    [node, '198.18.0.1', 80],
    [crossingAddress, at(target.eni), 80],
  ] as const) {
    const stage = await dropStage(lab, () => attempt(() => sendPacket(router, packet(source, destination, port))));
    assert.equal(stage, `${provider.id} router`, `${source} → ${destination}:${port}`);
  }
  const [out] = world
    .intent()
    .table('securityGroupRule')
    .by('groupId', doors.id)
    .filter(({ direction }) => direction === 'egress');
  assert.ok(out);
  world.remove(out);
  await lab.apply(plan());
  const toTarget = () => attempt(() => sendPacket(router, packet(node, at(target.eni), 80)));
  assert.equal(await dropStage(lab, toTarget), `${provider.id} group_out`);
  world.put(out);
  const [rule] = world.intent().table('securityGroupRule').by('groupId', behind.id);
  assert.ok(rule);
  world.remove(rule);
  await lab.apply(plan());
  assert.equal(await dropStage(lab, toTarget), `${provider.id} group_in`);
});

test('targets that are no instance’s: dropped as what they are, on ports that these serve too', async () => {
  const endpoint = addServiceEndpoint(world, provider, service, [zoneA], [inside]);
  const edge = addBalancer(world, provider, 'by-edge', [zoneA]);
  const attributes = { ...HIDE_CLIENT, 'proxy_protocol_v2.enabled': 'true' };
  const byEdge = addTargetGroup(world, provider, 'by-edge', { attributes });
  addListener(world, edge.balancer, byEdge);
  addTarget(world, byEdge, one.instance);
  const toEndpoint = addTargetGroup(world, provider, 'edge-to-endpoint', { targetType: 'ip', attributes });
  addListener(world, edge.balancer, toEndpoint, 81);
  addTarget(world, toEndpoint, { address: at(endpoint.interfaces[0] ?? insider), zoneId: zoneA.zoneId });
  const stopped = world.instance(zoneA, [inside]);
  world.put({ ...stopped.instance, wanted: 'stopped' });
  // What it may send to is not asked: nothing leaves.
  const mute = world.group(provider, 'mute', allowAll('ingress'));
  const { balancer, nodes } = addBalancer(world, provider, 'to-others', [zoneA], { groups: [mute] });
  const node = at(nodes[0] ?? insider);
  const others = [
    ['cross', at(endpoint.interfaces[0] ?? insider), [80, 8080]],
    ['spread', nodeA, [80, 8080]],
    ['spread', at(edge.nodes[0] ?? insider), [80, 8080]],
    ['spread', node, [7000]],
    ['router', '10.0.0.2', [53]],
    ['router', '10.0.10.1', [80]],
    ['route', '10.0.10.250', [80]],
    ['route', at(stopped.eni), [80]],
  ] as const;
  let listener = 7000;
  const probes = others.flatMap(([stage, address, ports]) =>
    ports.flatMap((port) =>
      [{}, HIDE_CLIENT].flatMap((preservation) =>
        (['TCP', 'UDP'] as const).map((protocol) => {
          const name = `other-${listener}`;
          const group = addTargetGroup(world, provider, name, {
            targetType: 'ip',
            protocol,
            port,
            attributes: preservation,
          });
          addListener(world, balancer, group, listener);
          addTarget(world, group, { address, zoneId: zoneA.zoneId });
          return { stage, port: listener++, protocol: protocol === 'TCP' ? 'tcp' : 'udp' } as const;
        }),
      ),
    ),
  );
  const made = addServiceEndpoint(world, first.vpc, addService(world, [balancer]), [first.subnet], [first.group]);
  await lab.apply(plan());
  for (const { stage, port, protocol } of probes) {
    await lab.dropped(stage, insider.id, node, port, protocol);
    await lab.dropped(stage, first.client.id, at(made.interfaces[0] ?? insider), port, protocol);
  }
  // What the edge opens to one is stopped on its way out.
  const [source, destination] = [at(edge.nodes[0] ?? insider), at(endpoint.interfaces[0] ?? insider)];
  const told = trace(lab.plan, {
    from: { kind: 'port', port: insider.id, address: null },
    to: { address: source, port: 81, code: null },
    protocol: '6',
  });
  const blockers = told.targets.flatMap(({ hops }) => hops.filter(({ reason }) => reason !== null));
  assert.deepEqual(
    blockers.map(({ stage, component }) => [stage, component]),
    [['route', endpoint.interfaces[0]?.id]],
  );
  const packet = { source, destination, protocol: 6, payload: tcp(source, destination, [5000, 80], SYN) };
  const router = lab.paths.netnsOf(provider.id);
  assert.equal(await dropStage(lab, () => attempt(() => sendPacket(router, packet))), `${provider.id} route`);
});

test('UDP served by the edge: let in, answered, and forgotten when the listener says, towards targets too', async () => {
  const { balancer, nodes } = addBalancer(world, provider, 'edge-udp', [zoneA]);
  const node = at(nodes[0] ?? insider);
  const target = world.instance(zoneA, [inside]);
  const group = addTargetGroup(world, provider, 'edge-udp', {
    protocol: 'UDP',
    port: 9000,
    attributes: { 'proxy_protocol_v2.enabled': 'true' },
  });
  addListener(world, balancer, group, 9002);
  addTarget(world, group, target.instance);
  const made = addServiceEndpoint(world, first.vpc, addService(world, [balancer]), [first.subnet], [first.group]);
  const eni = at(made.interfaces[0] ?? insider);
  await lab.apply(withIdle(plan(), 2));
  for (const [from, to] of [
    [first.client.id, eni],
    [insider.id, node],
  ] as const) {
    assert.equal((await lab.delivered(from, to, 9002, 'udp')).where, EDGE);
    await lab.dropped(from === insider.id ? 'spread' : 'cross', from, to, 9003, 'udp');
    await lab.dropped(from === insider.id ? 'spread' : 'cross', from, to, 9002, 'tcp');
  }
  const router = lab.paths.netnsOf(provider.id);
  const left = async () => {
    const { stdout } = await run('conntrack', ['-L', '-p', 'udp'], { netns: router });
    return stdout.split('\n').filter((line) => /dport=9002|sport=5000/.test(line));
  };
  assert.ok((await left()).length > 0);
  const toTarget = (port: number) => {
    const [source, destination] = [node, at(target.eni)];
    return () =>
      attempt(() => sendPacket(router, { source, destination, protocol: 17, payload: udp(5000, port, 'x') }));
  };
  const before = lab.drops();
  toTarget(9000)();
  assert.equal(await dropStage(lab, toTarget(9001)), `${provider.id} router`);
  before.set(`${provider.id} router`, (before.get(`${provider.id} router`) ?? 0) + 1);
  assert.equal(lab.newDrop(before), undefined, 'the first was dropped too');
  for (const until = Date.now() + 20_000; (await left()).length > 0 && Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(await left(), []);
  await lab.apply(plan());
});

test('applied again, nothing is left to do; asked of the kernel, only what must not be is cut again', async () => {
  assert.equal(await lab.apply(plan()), 0);
  const changes = await lab.newDriver().apply(plan());
  assert.deepEqual(
    changes.filter(({ op }) => op !== 'cut'),
    [],
  );
  await lab.delivered(first.client.id, first.eni, 80);
});
