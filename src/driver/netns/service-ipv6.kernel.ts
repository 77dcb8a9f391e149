/** Dualstack load balancers and endpoint services over IPv6, by packets on the real kernel; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { trace } from '../../analyse/trace.ts';
import { run } from '../../host/exec.ts';
import { hostPaths } from '../../host/paths.ts';
import { sendPacket, tcp } from '../../host/raw-packets.ts';
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
import { allow, allowAll, allowTcp, deny, inGroup, World } from '../../plan/testing/world.ts';
import { attempt, dropStage, EDGE, Lab } from './testing/lab.ts';

const SYN = 2;
const ACK = 16;
const TCP = 6;
const UDP = 17;
const ANY_6 = { kind: 'cidr', cidr: '::/0' } as const;
const only = (address: string) => ({ kind: 'cidr', cidr: `${address}/128` }) as const;
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';
const at6 = (port: { readonly ipv6Addresses: readonly string[] }) => port.ipv6Addresses[0] ?? '';
const CROSS_ZONE = { 'load_balancing.cross_zone.enabled': 'true' };
const KEEP_CLIENT = { 'preserve_client_ip.enabled': 'true' };

const lab = new Lab();
const world = new World();

const provider = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
const front = world.subnet(provider, '10.0.0.0/24', 'a', '3fff:0:1::/64');
const zoneA = world.subnet(provider, '10.0.10.0/24', 'a', '3fff:0:1:a::/64');
const zoneB = world.subnet(provider, '10.0.11.0/24', 'b', '3fff:0:1:b::/64');
const inside = world.group(provider, 'inside', allowAll('egress', ANY_6), allowAll('ingress', ANY_6));
const insider = world.instance(zoneA, [inside], { ipv6: '3fff:0:1:a::1:1' }).eni;
const [nodeA, nodeB] = ['3fff:0:1:a::5', '3fff:0:1:b::5'];
const shop = addBalancer(world, provider, 'shop', [zoneA, zoneB], { attributes: CROSS_ZONE, ipv6: [nodeA, nodeB] });
const servers = world.group(provider, 'servers', allowTcp('ingress', 80, only(nodeB)));
const nodeRule = world.rule(servers, allowTcp('ingress', 80, only(nodeA)));
const one = world.instance(zoneA, [servers], { ipv6: '3fff:0:1:a::2:1' });
const two = world.instance(zoneB, [servers], { ipv6: '3fff:0:1:b::2:2' });
const IPV6_GROUP = { targetType: 'ip', ipAddressType: 'ipv6' } as const;
const web = addTargetGroup(world, provider, 'web', IPV6_GROUP);
const webListener = addListener(world, shop.balancer, web);
const targetOf = (group: typeof web, { eni }: typeof one, subnet: typeof zoneA) =>
  addTarget(world, group, { address: at6(eni), zoneId: subnet.zoneId });
const toOne = targetOf(web, one, zoneA);
const toTwo = targetOf(web, two, zoneB);
const service = addService(world, [shop.balancer]);

/** With equal IPv4 ranges and addresses everywhere; IPv6 blocks differ, as they do at AWS. */
function consumer(number: number) {
  const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: [`3fff:0:${number}::/56`] });
  const subnet = world.subnet(vpc, '10.0.10.0/24', 'a', `3fff:0:${number}::/64`);
  const group = world.group(vpc, 'endpoint', allowAll('ingress', ANY_6));
  const clients = world.group(vpc, 'clients', allowAll('egress'), allowAll('egress', ANY_6));
  const client = world.instance(subnet, [clients], { ipv6: `3fff:0:${number}::c` }).eni;
  const eni = `3fff:0:${number}::e`;
  const made = addServiceEndpoint(world, vpc, service, [subnet], [group], {}, [eni]);
  return { vpc, subnet, group, clients, client, ...made, eni };
}
const first = consumer(2);
const second = consumer(3);

const facts = healthOf([toOne, toTwo]);
const plan = () => compile(world.intent(), facts);
const machineOf = ({ instance }: { readonly instance: { readonly id: string } }) => instance.id;

before(async () => {
  await bringPrograms({ packages: { conntrack: ['conntrack'] }, folder: join(hostPaths().cache, 'test-tools') });
  await lab.apply(plan());
});
after(() => lab.close());

async function served(from: string, to: string, count: number): Promise<Set<string>> {
  const found = new Set<string>();
  for (let turn = 0; turn < count; turn++) found.add((await lab.delivered(from, to, 80)).where);
  return found;
}

test('through an endpoint to IPv6 targets: spread over all, seen from the node; nothing but the listener', async () => {
  assert.equal((await lab.delivered(first.client.id, first.eni, 80)).seenFrom, nodeA);
  // Which target a flow gets is a hash's choice: with 40, each has some but for one run in 2^39.
  assert.deepEqual(await served(first.client.id, first.eni, 40), new Set([machineOf(one), machineOf(two)]));
  await lab.dropped('cross', first.client.id, first.eni, 8080);
  await lab.dropped('cross', first.client.id, first.eni, 80, 'udp');
  await lab.dropped('cross', first.client.id, first.eni, 'ping');
  await lab.delivered(second.client.id, second.eni, 80);
  assert.equal(at(first.client), at(second.client));
  // Nobody reaches the provider's addresses themselves.
  await lab.dropped('route', first.client.id, nodeA, 80);
  await lab.dropped('route', first.client.id, at6(one.eni), 80);
});

test('targets of IPv6 that are no instance’s: dropped as what they are, on ports that these serve too', async () => {
  const [inner, node] = ['3fff:0:1:a::e9', '3fff:0:1:a::59'];
  addServiceEndpoint(world, provider, service, [zoneA], [inside], {}, [inner]);
  const { balancer } = addBalancer(world, provider, 'to-others', [zoneA], { ipv6: [node] });
  const others = [
    ['cross', inner, 80],
    ['cross', inner, 8080],
    ['spread', nodeA, 80],
    ['spread', nodeA, 8080],
  ] as const;
  const probes = others.flatMap(([stage, address, targetPort], place) =>
    (['TCP', 'UDP'] as const).map((protocol, second) => {
      const port = 7000 + 2 * place + second;
      const group = addTargetGroup(world, provider, `other-${port}`, { ...IPV6_GROUP, protocol, port: targetPort });
      addListener(world, balancer, group, port);
      addTarget(world, group, { address, zoneId: zoneA.zoneId });
      return { stage, port, protocol: protocol === 'TCP' ? 'tcp' : 'udp' } as const;
    }),
  );
  await lab.apply(plan());
  for (const { stage, port, protocol } of probes) await lab.dropped(stage, insider.id, node, port, protocol);
});

test('IPv4 to targets of IPv6 and the other way round goes to the edge, which speaks from the node’s other address', async () => {
  const [eni] = first.interfaces;
  assert.ok(eni);
  world.rule(first.group, allowAll('ingress'));
  await lab.apply(plan());
  const crossingOf = (id: string) => lab.plan.crossings.find((each) => each.id === id)?.linkAddress;
  const over4 = await lab.delivered(first.client.id, at(eni), 80);
  assert.deepEqual([over4.where, over4.seenFrom], [EDGE, crossingOf(eni.id)]);

  const nodes = ['3fff:0:1:a::6'];
  const mixed = addBalancer(world, provider, 'mixed', [zoneA], { ipv6: nodes });
  const node = mixed.nodes[0] ?? insider;
  const behind = world.group(provider, 'behind', allowTcp('ingress', 80, { kind: 'cidr', cidr: `${at(node)}/32` }));
  const target = world.instance(zoneA, [behind]);
  const group = addTargetGroup(world, provider, 'mixed');
  addListener(world, mixed.balancer, group, 443);
  addTarget(world, group, target.instance);
  const offered = addService(world, [mixed.balancer]);
  const made = addServiceEndpoint(world, first.vpc, offered, [first.subnet], [first.group], {}, ['3fff:0:2::e1']);
  const inner = addServiceEndpoint(world, provider, offered, [zoneA], [inside], {}, ['3fff:0:1:a::e1']);
  await lab.apply(plan());
  const over6 = await lab.delivered(first.client.id, '3fff:0:2::e1', 443);
  assert.deepEqual([over6.where, over6.seenFrom], [EDGE, crossingOf(`${made.interfaces[0]?.id}/ipv6`)]);
  const within = await lab.delivered(insider.id, '3fff:0:1:a::6', 443);
  assert.deepEqual([within.where, within.seenFrom], [EDGE, at6(insider)]);
  // In a VPC that has no other way out, by an endpoint of its own.
  const own = await lab.delivered(insider.id, '3fff:0:1:a::e1', 443);
  assert.deepEqual([own.where, own.seenFrom], [EDGE, crossingOf(`${inner.interfaces[0]?.id}/ipv6`)]);
  // What the edge then sends: from the node's IPv4 address alone, to the target alone.
  const router = lab.paths.netnsOf(provider.id);
  const connection = await lab.connectionIn(router, at(target.eni), 80, at(node));
  assert.ok(await connection.echoes());
  connection.close();
  for (const [source, destination, port] of [
    [at(node), at(target.eni), 22],
    [at(node), at(one.eni), 80],
    [at6(node), at6(one.eni), 80],
  ] as const) {
    const payload = tcp(source, destination, [5000, port], SYN);
    const stage = await dropStage(lab, () =>
      attempt(() => sendPacket(router, { source, destination, protocol: TCP, payload })),
    );
    assert.equal(stage, `${provider.id} router`, `${source} → ${destination}:${port}`);
  }
});

test('an endpoint in its service’s own VPC, which the edge serves, answers a peer by the routes of its own subnet', async () => {
  const network = (number: number) => {
    const vpc = world.vpc(`10.${number}.0.0/16`, { ipv6Cidrs: [`3fff:0:${number}::/56`] });
    const rules = [allowAll('egress', ANY_6), allowAll('ingress', ANY_6), allowAll('ingress')];
    const open = world.group(vpc, 'open', ...rules);
    return { vpc, open, subnet: world.subnet(vpc, `10.${number}.1.0/24`, 'a', `3fff:0:${number}:1::/64`) };
  };
  const [home, peer] = [network(7), network(8)];
  const other = world.subnet(home.vpc, '10.7.2.0/24', 'a', '3fff:0:7:2::/64');
  const { id } = world.peering(peer.vpc, home.vpc);
  const via = (destination: string) => ({ destination, target: { kind: 'vpcPeering', id } }) as const;
  world.routeTable(home.vpc, [via('3fff:0:8::/56')], [home.subnet]);
  const table = world.routeTable(home.vpc, [via('3fff:0:8::/56')], [other]);
  world.routeTable(peer.vpc, [via('3fff:0:7::/56')], [peer.subnet]);
  const client = world.instance(peer.subnet, [peer.open], { ipv6: '3fff:0:8:1::c' }).eni;
  const neighbour = world.instance(home.subnet, [home.open], { ipv6: '3fff:0:7:1::c' }).eni;
  const { balancer } = addBalancer(world, home.vpc, 'peered', [home.subnet], { ipv6: ['3fff:0:7:1::5'] });
  const group = addTargetGroup(world, home.vpc, 'peered');
  addListener(world, balancer, group, 443);
  addTarget(world, group, world.instance(home.subnet, [home.open]).instance);
  const offered = addService(world, [balancer]);
  const [near, far] = ['3fff:0:7:1::e', '3fff:0:7:2::e'];
  addServiceEndpoint(world, home.vpc, offered, [home.subnet], [home.open], {}, [near]);
  addServiceEndpoint(world, home.vpc, offered, [other], [home.open], {}, [far]);
  await lab.apply(plan());
  assert.equal((await lab.delivered(client.id, near, 443)).where, EDGE);
  assert.equal((await lab.delivered(neighbour.id, far, 443)).where, EDGE);
  assert.equal((await lab.delivered(client.id, far, 443)).where, EDGE);
  const connections = await Promise.all([near, far].map((address) => lab.connection(client.id, address, 443)));
  const found = world.intent().table('routeTable').get(table);
  assert.ok(found);
  world.put({ ...found, routes: [] });
  await lab.apply(plan());
  // What has no way is refused where it is made, which counts nothing.
  assert.ok(await connections[0]?.echoes());
  assert.ok(!(await connections[1]?.echoes(200)));
  for (const connection of connections) connection.close();
  const { outcome, reasons } = trace(lab.plan, {
    from: { kind: 'port', port: client.id, address: null },
    to: { address: far, port: 443, code: null },
    protocol: '6',
  });
  assert.deepEqual([outcome, reasons.map(({ code }) => code)], ['dropped', ['CULVERT_NO_WAY_BACK']]);
});

test('an endpoint’s groups judge IPv6 by their IPv6 rules alone', async () => {
  const rules = world.intent().table('securityGroupRule').by('groupId', first.group.id);
  const open = rules.find(({ peer }) => peer.kind === 'cidr' && peer.cidr === '::/0');
  assert.ok(open);
  world.remove(open);
  await lab.apply(plan());
  await lab.dropped('group_in', first.client.id, first.eni, 80);
  await lab.delivered(first.client.id, at(first.interfaces[0] ?? insider), 80);
  const narrow = world.rule(first.group, allowTcp('ingress', 80, only(at6(first.client))));
  await lab.apply(plan());
  await lab.delivered(first.client.id, first.eni, 80);
  // What is open outlives the rule.
  const connection = await lab.connection(first.client.id, first.eni, 80);
  world.remove(narrow);
  await lab.apply(plan());
  assert.ok(await connection.echoes());
  connection.close();
  await lab.dropped('group_in', first.client.id, first.eni, 80);
  world.put(open);
  await lab.apply(plan());
});

test('targets judge the node’s IPv6 address', async () => {
  world.remove(nodeRule);
  await lab.apply(plan());
  await lab.dropped('group_in', first.client.id, first.eni, 80);
  world.put(nodeRule);
  await lab.apply(plan());
  await lab.delivered(first.client.id, first.eni, 80);
});

test('waiting for acceptance nothing passes; a rejection cuts both families’ connections at once', async () => {
  world.put({ ...first.endpoint, acceptance: 'pending' });
  await lab.apply(plan());
  await lab.dropped('cross', first.client.id, first.eni, 80);
  world.put(first.endpoint);
  await lab.apply(plan());
  const mine = await lab.connection(first.client.id, first.eni, 80);
  const over4 = await lab.connection(first.client.id, at(first.interfaces[0] ?? insider), 80);
  const others = await lab.connection(second.client.id, second.eni, 80);
  world.put({ ...first.endpoint, acceptance: 'rejected' });
  await lab.apply(plan());
  assert.ok(!(await mine.echoes(200)));
  assert.ok(!(await over4.echoes(200)));
  assert.ok(await others.echoes());
  await lab.dropped('cross', first.client.id, first.eni, 80);
  for (const connection of [mine, over4, others]) connection.close();
  world.put(first.endpoint);
  await lab.apply(plan());
  await lab.delivered(first.client.id, first.eni, 80);
});

test('a provider cannot originate over IPv6: no target, no socket of its router', async () => {
  const crossing = lab.plan.crossings.find(({ id }) => id === `${first.interfaces[0]?.id}/ipv6`);
  assert.ok(crossing);
  const { linkAddress, targetAddress } = crossing;
  const packet = (source: string, destination: string, flags = SYN) => ({
    source,
    destination,
    protocol: TCP,
    payload: tcp(source, destination, [80, 22], flags),
  });
  for (const destination of [linkAddress, targetAddress]) {
    const path = lab.netnsOfPort(one.eni.id);
    // Its group lets nothing out but answers; with another one the route is what stops it.
    const stage = await dropStage(lab, () => sendPacket(path, packet(at6(one.eni), destination)));
    assert.equal(stage, `${provider.id} route`, destination);
    const other = await dropStage(lab, () =>
      sendPacket(lab.netnsOfPort(insider.id), packet(at6(insider), destination)),
    );
    assert.equal(other, `${provider.id} route`, destination);
  }
  const router = lab.paths.netnsOf(provider.id);
  for (const source of [targetAddress, nodeA]) {
    for (const flags of [SYN, ACK]) {
      const stage = await dropStage(lab, () => attempt(() => sendPacket(router, packet(source, linkAddress, flags))));
      assert.equal(stage, `${provider.id} router`, source);
    }
  }
});

test('the load balancer’s groups judge the consumer’s own IPv6 address; a rule that names a group means nobody there', async () => {
  const doors = world.group(provider, 'doors', allowAll('egress', ANY_6), allowTcp('ingress', 80, inGroup(inside)));
  const node = '3fff:0:1:a::7';
  const guarded = addBalancer(world, provider, 'guarded', [zoneA], { groups: [doors], ipv6: [node] });
  const target = world.instance(zoneA, [inside], { ipv6: '3fff:0:1:a::2:7' });
  const group = addTargetGroup(world, provider, 'guarded', IPV6_GROUP);
  addListener(world, guarded.balancer, group);
  targetOf(group, target, zoneA);
  const offered = addService(world, [guarded.balancer]);
  const eni = '3fff:0:2::e7';
  addServiceEndpoint(world, first.vpc, offered, [first.subnet], [first.group], {}, [eni]);
  await lab.apply(plan());
  await lab.dropped('group_in', first.client.id, eni, 80);
  await lab.delivered(insider.id, node, 80);
  const rule = world.rule(doors, allowTcp('ingress', 80, only(at6(first.client))));
  await lab.apply(plan());
  assert.equal((await lab.delivered(first.client.id, eni, 80)).seenFrom, node);
  world.remove(rule);
  await lab.apply(plan());
  await lab.dropped('group_in', first.client.id, eni, 80);
  world.put({ ...guarded.balancer, guardPrivateLink: false });
  await lab.apply(plan());
  await lab.delivered(first.client.id, eni, 80);
});

test('inside the provider’s VPC: the node hides the client or keeps it; a ping has no answer', async () => {
  const node = '3fff:0:1:a::8';
  const { balancer } = addBalancer(world, provider, 'own', [zoneA], { ipv6: [node] });
  const itself = world.instance(zoneA, [inside], { ipv6: '3fff:0:1:a::2:8' });
  const group = addTargetGroup(world, provider, 'own', IPV6_GROUP);
  addListener(world, balancer, group);
  targetOf(group, itself, zoneA);
  await lab.apply(plan());
  assert.equal((await lab.delivered(insider.id, node, 80)).seenFrom, node);
  await lab.dropped('spread', insider.id, node, 8080);
  await lab.dropped('spread', insider.id, node, 'ping');
  world.put({ ...group, attributes: KEEP_CLIENT });
  await lab.apply(plan());
  assert.equal((await lab.delivered(insider.id, node, 80)).seenFrom, at6(insider));
  await lab.dropped('spread', itself.eni.id, node, 80);
});

test('an instance is a target by its primary IPv6 address, and sees its clients’ own', async () => {
  const node = '3fff:0:1:a::10';
  const { balancer } = addBalancer(world, provider, 'instances', [zoneA], { ipv6: [node] });
  const member = world.instance(zoneA, [inside], { ipv6: '3fff:0:1:a::2:10' });
  world.put({ ...member.eni, primaryIpv6: true });
  const group = addTargetGroup(world, provider, 'instances', { ipAddressType: 'ipv6' });
  addListener(world, balancer, group);
  addTarget(world, group, member.instance);
  await lab.apply(plan());
  const { where, seenFrom } = await lab.delivered(insider.id, node, 80);
  assert.deepEqual([where, seenFrom], [machineOf(member), at6(insider)]);
});

test('the network ACL of the node’s subnet judges IPv6 by its own entries', async () => {
  const open = (['ingress', 'egress'] as const).flatMap((direction) => [
    allow(direction, 100),
    allow(direction, 101, { cidr: '::/0' }),
  ]);
  // What the target in the other zone answers comes in here.
  const acl = world.acl(provider, [zoneA], deny('ingress', 50, { cidr: '3fff:0:1:b::/64' }), ...open);
  await lab.apply(plan());
  const fates = new Set<string>();
  // Half of them go there: all or none, but for one run in 2^39.
  for (let turn = 0; turn < 40; turn++) {
    const outcome = await lab.send(first.client.id, first.eni, 80);
    fates.add(outcome.kind === 'dropped' ? outcome.stage : outcome.kind);
  }
  assert.deepEqual(fates, new Set(['delivered', 'acl_in']));
  world.put({ ...acl, entries: open });
  await lab.apply(plan());
  assert.deepEqual(await served(first.client.id, first.eni, 40), new Set([machineOf(one), machineOf(two)]));
});

test('from the internet to an internet-facing node’s IPv6 address, and to no other node’s', async () => {
  const everywhere = (vpc: typeof provider, subnets: (typeof front)[]) => {
    const { id } = world.gateway(vpc, []);
    world.routeTable(vpc, [{ destination: '::/0', target: { kind: 'internetGateway', id } }], subnets);
  };
  everywhere(provider, [front, zoneA]);
  const outer = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:9::/56'] });
  const subnet = world.subnet(outer, '10.0.10.0/24', 'a', '3fff:0:9::/64');
  everywhere(outer, [subnet]);
  const clients = world.group(outer, 'clients', allowAll('egress', ANY_6));
  const client = world.instance(subnet, [clients], { ipv6: '3fff:0:9::c' }).eni;
  const node = '3fff:0:1::5';
  const doors = world.group(provider, 'public doors', allowAll('egress', ANY_6));
  const rule = world.rule(doors, allowTcp('ingress', 80, only(at6(client))));
  const facing = addBalancer(world, provider, 'facing', [front], {
    groups: [doors],
    scheme: 'internet-facing',
    ipv6: [node],
  });
  const target = world.instance(zoneA, [inside], { ipv6: '3fff:0:1:a::2:9' });
  const group = addTargetGroup(world, provider, 'facing', { ...IPV6_GROUP, attributes: KEEP_CLIENT });
  addListener(world, facing.balancer, group);
  targetOf(group, target, zoneA);
  await lab.apply(plan());
  assert.equal((await lab.delivered(client.id, node, 80)).seenFrom, at6(client));
  await lab.dropped('group_in', client.id, node, 8080);
  // An internal one's, though its subnet has a way to the internet too; and an endpoint's.
  await lab.dropped('route', client.id, nodeA, 80);
  await lab.dropped('route', client.id, first.eni, 80);
  world.remove(rule);
  await lab.apply(plan());
  await lab.dropped('group_in', client.id, node, 80);
});

test('a target that goes keeps what it has and gets nothing new; one that is cut is reset', async () => {
  const connections = await Promise.all(
    Array.from({ length: 40 }, () => lab.connection(first.client.id, first.eni, 80)),
  );
  world.remove(toOne);
  await lab.apply(plan());
  for (const connection of connections) assert.ok(await connection.echoes());
  assert.deepEqual(await served(first.client.id, first.eni, 12), new Set([machineOf(two)]));
  world.put(toOne);
  await lab.apply(compile(world.intent(), healthOf([toTwo], [toOne])));
  const alive = await Promise.all(connections.map((connection) => connection.echoes()));
  assert.ok(alive.includes(true) && alive.includes(false), String(alive));
  for (const [index, connection] of connections.entries()) {
    assert.equal(connection.error, alive[index] ? undefined : 'ECONNRESET');
    connection.close();
  }
  await lab.apply(plan());
});

test('stickiness by IPv6 address; nobody to send to: dropped', async () => {
  world.put({ ...web, attributes: { 'stickiness.enabled': 'true' } });
  await lab.apply(plan());
  assert.equal((await served(first.client.id, first.eni, 12)).size, 1);
  world.put(web);
  for (const target of [toOne, toTwo]) world.remove(target);
  await lab.apply(plan());
  await lab.dropped('spread', first.client.id, first.eni, 80);
  for (const target of [toOne, toTwo]) world.put(target);
  await lab.apply(plan());
});

test('a silent IPv6 connection is forgotten, and what comes then is reset', async () => {
  world.put({ ...webListener, attributes: { 'tcp.idle_timeout.seconds': '60' } });
  const full = plan();
  const withIdle: Plan = {
    ...full,
    balancers: full.balancers.map((balancer) => ({
      ...balancer,
      nodes: balancer.nodes.map((node) => ({
        ...node,
        listeners: node.listeners.map((listener) => ({ ...listener, idleSeconds: 2 })),
      })),
    })),
  };
  await lab.apply(withIdle);
  const silent = await lab.connection(first.client.id, first.eni, 80);
  const ofIt = ['-L', '-f', 'ipv6', '-p', 'tcp', '--state', 'ESTABLISHED', '--orig-port-src'];
  const netns = lab.paths.netnsOf(first.vpc.id);
  const isKnown = async () => {
    const { stdout } = await run('conntrack', [...ofIt, String(silent.socket.localPort)], { netns });
    return stdout.includes(first.eni);
  };
  assert.ok(await isKnown());
  for (const end = Date.now() + 20_000; await isKnown(); ) assert.ok(Date.now() < end, 'it is not forgotten');
  assert.ok(await silent.isReset(), silent.error);
  silent.close();
  world.put(webListener);
  await lab.apply(plan());
});

test('a segment through the endpoint leaves room for IPv6’s header; what is larger than its link vanishes', async () => {
  const connection = await lab.connection(first.client.id, first.eni, 80);
  const netns = lab.netnsOfPort(first.client.id);
  const { stdout } = await run('ss', ['-6tin', 'dst', `[${first.eni}]`], { netns });
  assert.match(stdout, /\bmss:84\d\d\b/);
  connection.close();
  const payload = Buffer.alloc(8600);
  for (const [offset, value] of [1000, 80, payload.length].entries()) payload.writeUInt16BE(value, 2 * offset);
  const packet = { source: at6(first.client), destination: first.eni, protocol: UDP, payload };
  assert.equal(await dropStage(lab, () => sendPacket(netns, packet)), `${first.vpc.id} cross`);
});

test('an endpoint and a load balancer become dualstack and back: only the other family’s connections are cut', async () => {
  const [eni] = second.interfaces;
  assert.ok(eni);
  world.rule(second.group, allowAll('ingress'));
  await lab.apply(plan());
  const over6 = await lab.connection(second.client.id, second.eni, 80);
  const over4 = await lab.connection(second.client.id, at(eni), 80);
  world.put({ ...eni, ipv6Addresses: [] });
  world.put({ ...second.endpoint, ipAddressType: 'ipv4', dnsRecordIpType: 'ipv4' });
  await lab.apply(plan());
  assert.ok(!(await over6.echoes(200)));
  assert.ok(await over4.echoes());
  await lab.dropped('route', second.client.id, second.eni, 80);
  for (const connection of [over6, over4]) connection.close();
  world.put(eni);
  world.put(second.endpoint);
  await lab.apply(plan());
  await lab.delivered(second.client.id, second.eni, 80);
});

test('an endpoint in the service’s own VPC, over IPv6', async () => {
  const eni = '3fff:0:1:a::e';
  addServiceEndpoint(world, provider, service, [zoneA], [inside], {}, [eni]);
  await lab.apply(plan());
  assert.equal((await lab.delivered(insider.id, eni, 80)).seenFrom, nodeA);
});

test('applied again, or after a restart, nothing is left to do', async () => {
  assert.equal(await lab.apply(plan()), 0);
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
});
