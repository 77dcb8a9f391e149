/** Dualstack load balancers and what leads to them: nodes, engines, crossings, names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balancerNames } from '../../model/balancer-names.ts';
import { endpointNames } from '../../model/endpoint-names.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { addToIp } from '../../net/ip.ts';
import { check } from '../check.ts';
import { compile } from '../compile.ts';
import type { Plan } from '../plan.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
  healthOf,
} from '../testing/balancing.ts';
import { allowAll, World } from '../testing/world.ts';
import { privateZone, record } from '../testing/zones.ts';

const NODES = ['3fff:0:1:a::5', '3fff:0:1:b::5'];
const ENDPOINT = '3fff:0:2::e';

function story(scheme: 'internal' | 'internet-facing' = 'internal') {
  const world = new World();
  const provider = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
  const subnets = [
    world.subnet(provider, '10.0.10.0/24', 'a', '3fff:0:1:a::/64'),
    world.subnet(provider, '10.0.11.0/24', 'b', '3fff:0:1:b::/64'),
  ] as const;
  const { balancer, nodes } = addBalancer(world, provider, 'shop', subnets, { scheme, ipv6: NODES });
  const six = addTargetGroup(world, provider, 'six', { targetType: 'ip', ipAddressType: 'ipv6' });
  const four = addTargetGroup(world, provider, 'four', { targetType: 'ip' });
  addListener(world, balancer, six, 80);
  addListener(world, balancer, four, 81);
  const targets = subnets.map(({ zoneId }, at) =>
    addTarget(world, six, { address: `3fff:0:1:${at === 0 ? 'a' : 'b'}::80`, zoneId }),
  );
  const others = subnets.map(({ zoneId }, at) => addTarget(world, four, { address: `10.0.1${at}.80`, zoneId }));
  const consumer = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:2::/56'] });
  const subnet = world.subnet(consumer, '10.0.10.0/24', 'a', '3fff:0:2::/64');
  const group = world.group(consumer, 'endpoint', allowAll('ingress'));
  const made = addServiceEndpoint(world, consumer, addService(world, [balancer]), [subnet], [group], {}, [ENDPOINT]);
  return { world, balancer, nodes, targets, others, ...made };
}

function planOf({ world }: ReturnType<typeof story>, facts = NO_FACTS): Plan {
  const plan = compile(world.intent(), facts);
  assert.deepEqual(check(plan), []);
  return plan;
}

const nodesOf = (plan: Plan) => plan.balancers.flatMap(({ nodes }) => nodes);
const nodeAt = (plan: Plan, address: string) => {
  const node = nodesOf(plan).find((each) => each.address === address);
  assert.ok(node, address);
  return node;
};

test('a node of each family in each zone, at one interface; across families it is the edge’s', () => {
  const told = story();
  const plan = planOf(told);
  assert.equal(nodesOf(plan).length, 4);
  const six = nodeAt(plan, NODES[0] ?? '');
  const four = nodesOf(plan).find(({ port, address }) => port === six.port && address !== six.address);
  const other = nodesOf(plan).find(
    ({ port, crossingAddress }) => port !== six.port && crossingAddress.startsWith('249.'),
  );
  assert.ok(four && other);
  const serial = told.nodes.find(({ id }) => id === six.port)?.nodeSerial ?? 0;
  assert.deepEqual(
    [four.crossingAddress, six.crossingAddress],
    [addToIp('249.0.0.0', serial), addToIp('fdcf::f900:0', serial)],
  );
  const engines = (node: typeof six) => node.listeners.map(({ port, engine, from }) => [port, engine, from]);
  assert.deepEqual(engines(six), [
    [80, 'kernel', six.address],
    [81, 'user', four.address],
  ]);
  assert.deepEqual(engines(four), [
    [80, 'user', six.address],
    [81, 'kernel', four.address],
  ]);
  const checked = plan.pools.flatMap(({ targets }) => targets.map(({ address, from }) => [address, from]));
  assert.deepEqual(checked.sort(), [
    ['10.0.10.80', four.address],
    ['10.0.11.80', other.address],
    ['3fff:0:1:a::80', NODES[0]],
    ['3fff:0:1:b::80', NODES[1]],
  ]);
});

test('each address of an endpoint’s interface leads to the node of its family in its zone', () => {
  const told = story();
  const plan = planOf(told);
  const [eni] = told.interfaces;
  const crossing = plan.crossings.find(({ id }) => id === `${eni?.id}/ipv6`);
  assert.ok(crossing);
  assert.equal(crossing.address, ENDPOINT);
  assert.equal(crossing.targetAddress, nodeAt(plan, NODES[0] ?? '').crossingAddress);
  assert.deepEqual(
    plan.crossings.map(({ listeners }) => listeners.map(({ port }) => port)),
    [
      [80, 81],
      [80, 81],
    ],
  );
  // The load balancer is IPv4's again: that address leads nowhere, the other one as before.
  told.world.put({ ...told.balancer, ipAddressType: 'ipv4' });
  for (const node of told.nodes) told.world.put({ ...node, ipv6Addresses: [] });
  for (const listener of told.world.intent().table('listener').all()) {
    if (listener.port === 80) told.world.remove(listener);
  }
  assert.deepEqual(
    planOf(told).crossings.map(({ id }) => id),
    [eni?.id],
  );
});

test('names answer both families, of healthy zones; an endpoint’s what it says', () => {
  const told = story();
  const recordsOf = (plan: Plan, name: string) =>
    plan.publicZones
      .flatMap(({ records }) => records)
      .filter((each) => each.name === name.toLowerCase())
      .map(({ type, values }) => [type, values.length]);
  const { regional } = balancerNames(told.balancer);
  assert.deepEqual(recordsOf(planOf(told), regional), [
    ['A', 2],
    ['AAAA', 2],
  ]);
  const [good, bad] = told.targets;
  assert.ok(good && bad);
  const sick = planOf(told, healthOf([good, ...told.others], [bad]));
  assert.deepEqual(recordsOf(sick, regional), [
    ['A', 1],
    ['AAAA', 1],
  ]);
  const own = planOf(told).publicZones.flatMap(({ records }) =>
    records.filter(({ name }) => name.startsWith(told.endpoint.id)),
  );
  assert.deepEqual([...new Set(own.map(({ type }) => type))].sort(), ['A', 'AAAA']);
});

test('aliases follow both families, and one to an endpoint that has names of IPv6 alone is healthy', () => {
  const told = story();
  const zone = privateZone(told.world, told.world.vpc('10.9.0.0/16'), 'corp.test');
  const { regional, hostedZoneId } = balancerNames(told.balancer);
  told.world.put({ ...told.endpoint, dnsRecordIpType: 'ipv6' });
  const endpoint = endpointNames(told.endpoint, [told.balancer.zones[0]?.zoneId ?? '']);
  for (const type of ['A', 'AAAA'] as const) {
    record(told.world, zone, 'front.corp.test', {
      type,
      alias: { zoneId: hostedZoneId, name: regional.toLowerCase() },
    });
  }
  record(told.world, zone, 'way.corp.test', {
    type: 'AAAA',
    alias: { zoneId: endpoint.hostedZoneId, name: endpoint.regional },
  });
  const records = planOf(told, healthOf([...told.targets, ...told.others])).hostedZones.flatMap((each) => each.records);
  const answer = (name: string) =>
    records.filter((each) => each.name === name).map(({ type, values }) => [type, values.length]);
  assert.deepEqual(answer('front.corp.test'), [
    ['A', 2],
    ['AAAA', 2],
  ]);
  assert.deepEqual(answer('way.corp.test'), [['AAAA', 1]]);
});

test('the internet reaches IPv6 addresses of internet-facing ones alone', () => {
  const denied = (scheme: 'internal' | 'internet-facing') => {
    const told = story(scheme);
    const plan = planOf(told);
    const node = nodeAt(plan, NODES[0] ?? '');
    const port = (id: string | undefined) => plan.ports.find((each) => each.id === id)?.deniesInternet;
    return [node.publicAddress, port(node.port), port(told.interfaces[0]?.id)];
  };
  assert.deepEqual(denied('internal'), [null, true, true]);
  assert.deepEqual(denied('internet-facing'), [NODES[0], false, true]);
});

test('a plan that has the kernel translate between families, or mixes them, is refused', () => {
  const plan = planOf(story());
  const changed = (change: object) => ({
    ...plan,
    balancers: plan.balancers.map((balancer) => ({
      ...balancer,
      nodes: balancer.nodes.map((node) => ({
        ...node,
        listeners: node.listeners.map((listener) => ({ ...listener, ...change })),
      })),
    })),
  });
  assert.match(check(changed({ engine: 'kernel' })).join(), /the kernel translates between address families/);
  assert.match(check(changed({ from: NODES[0] })).join(), /is not its port's address/);
  assert.match(
    check(changed({ targets: [{ address: '3fff:0:1:a::80', port: 80 }] })).join(),
    /3fff:0:1:a::80 is not of the family of 10\./,
  );
  assert.match(check(changed({ targets: [{ address: 'fdcf::1', port: 80 }] })).join(), /is nobody's to serve at/);
});
