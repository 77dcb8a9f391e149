/** Whom a load balancer's nodes send to, as zones, health and attributes are; what is checked, and whose flows end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Facts, TargetFact } from '../../model/facts.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { Target } from '../../model/resources.ts';
import { check } from '../check.ts';
import { compile } from '../compile.ts';
import type { Balancer, BalancerNode, Plan, Pool } from '../plan.ts';
import { addListener, addTarget, addTargetGroup, healthOf } from '../testing/balancing.ts';
import { type ServiceStory, tellServiceStory } from '../testing/service-story.ts';
import { allowAll } from '../testing/world.ts';

function planOf({ world }: ServiceStory, facts: Facts = NO_FACTS): Plan {
  const plan = compile(world.intent(), facts);
  assert.deepEqual(check(plan), []);
  return plan;
}

function only<T>(items: readonly T[]): T {
  assert.equal(items.length, 1);
  return items[0] as T;
}

/** Served addresses of each node, by zone: "10.0.10.4 | 10.0.11.4". */
function shares(plan: Plan): string {
  const balancer: Balancer = only(plan.balancers);
  return balancer.nodes
    .map(({ listeners: [first] }) => first?.targets.map(({ address }) => address).join(' '))
    .join(' | ');
}

function pool(plan: Plan): Pool {
  return only(plan.pools);
}

/** Addresses that the load balancer's name answers, by zone of its node. */
function answered(plan: Plan): string {
  const [zone] = plan.publicZones.filter(({ name }) => name.startsWith('elb.'));
  const regional = zone?.records.filter(({ name }) => name.startsWith('shop-')) ?? [];
  return regional.flatMap(({ values }) => values).join(' ');
}

const A = '10.0.10.4';
const B = '10.0.11.4';
const NODE_A = '10.0.10.5';
const NODE_B = '10.0.11.5';

type Attributes = Readonly<Record<string, string>>;
const GROUP_ON: Attributes = { 'load_balancing.cross_zone.enabled': 'true' };
const GROUP_OFF: Attributes = { 'load_balancing.cross_zone.enabled': 'false' };

const TABLE: readonly {
  readonly title: string;
  readonly balancer?: Attributes;
  readonly group?: Attributes;
  readonly facts: (targets: readonly [Target, Target]) => Facts;
  readonly shares: string;
  readonly answered: string;
}[] = [
  { title: 'all healthy', facts: (all) => healthOf(all), shares: `${A} | ${B}`, answered: `${NODE_A} ${NODE_B}` },
  {
    title: 'all healthy, cross-zone on',
    balancer: GROUP_ON,
    facts: (all) => healthOf(all),
    shares: `${A} ${B} | ${A} ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
  {
    title: 'the group’s word comes first: on',
    group: GROUP_ON,
    facts: (all) => healthOf(all),
    shares: `${A} ${B} | ${A} ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
  {
    title: 'the group’s word comes first: off',
    balancer: GROUP_ON,
    group: GROUP_OFF,
    facts: (all) => healthOf(all),
    shares: `${A} | ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
  {
    title: 'one zone dead: its node sends to all it reaches and leaves DNS',
    facts: ([a, b]) => healthOf([b], [a]),
    shares: `${A} | ${B}`,
    answered: NODE_B,
  },
  {
    title: 'one zone dead, cross-zone on: its node sends to the other zone and stays in DNS',
    balancer: GROUP_ON,
    facts: ([a, b]) => healthOf([b], [a]),
    shares: `${B} | ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
  {
    title: 'one not checked yet: only the healthy one is used',
    balancer: GROUP_ON,
    facts: ([, b]) => healthOf([b]),
    shares: `${B} | ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
  {
    title: 'all dead: fail open, and all are in DNS',
    balancer: GROUP_ON,
    facts: (all) => healthOf([], all),
    shares: `${A} ${B} | ${A} ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
  {
    title: 'none checked yet: fail open',
    facts: () => NO_FACTS,
    shares: `${A} | ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
  {
    title: 'fewer than the thresholds: all are used',
    balancer: GROUP_ON,
    group: {
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '2',
      'target_group_health.dns_failover.minimum_healthy_targets.count': '2',
    },
    facts: ([a, b]) => healthOf([b], [a]),
    shares: `${A} ${B} | ${A} ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
  {
    title: 'a percentage counts what a node reaches',
    balancer: GROUP_ON,
    group: { 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': '51' },
    facts: ([a, b]) => healthOf([b], [a]),
    shares: `${A} ${B} | ${A} ${B}`,
    answered: `${NODE_A} ${NODE_B}`,
  },
];

for (const { title, balancer, group, facts, ...expected } of TABLE) {
  test(title, () => {
    const story = tellServiceStory({ ...(balancer === undefined ? {} : { attributes: balancer }) });
    if (group !== undefined) story.world.put({ ...story.group, attributes: group });
    const plan = planOf(story, facts(story.targets));
    assert.deepEqual({ shares: shares(plan), answered: answered(plan) }, expected);
  });
}

test('a node has its address, a crossing address, and listeners with what they need', () => {
  const story = tellServiceStory();
  const plan = planOf(story, healthOf(story.targets));
  const [node] = only(plan.balancers).nodes as [BalancerNode];
  const { nodeSerial } = story.nodes[0] ?? {};
  assert.deepEqual(
    { ...node, zone: '' },
    {
      port: story.nodes[0]?.id,
      zone: '',
      address: NODE_A,
      crossingAddress: `249.0.${(nodeSerial ?? 0) >> 8}.${(nodeSerial ?? 0) & 255}`,
      publicAddress: null,
      listeners: [
        {
          id: story.listener.id,
          protocol: 'tcp',
          port: 80,
          pool: story.group.id,
          engine: 'kernel',
          from: NODE_A,
          certificates: [],
          tls: null,
          idleSeconds: 350,
          targets: [{ address: A, port: 80 }],
        },
      ],
    },
  );
  assert.equal(plan.ports.find(({ id }) => id === node.port)?.kind, 'balancer');
});

test('a listener for TCP and UDP is two; timeouts are TCP’s to set', () => {
  const story = tellServiceStory();
  const both = addTargetGroup(story.world, story.provider, 'both', { protocol: 'TCP_UDP', port: 53 });
  addListener(story.world, story.balancer, both, 53, { attributes: { 'tcp.idle_timeout.seconds': '60' } });
  const plan = planOf(story);
  assert.deepEqual(
    only(plan.balancers).nodes[0]?.listeners.map(({ protocol, port, idleSeconds }) => [protocol, port, idleSeconds]),
    [
      ['tcp', 53, 60],
      ['tcp', 80, 350],
      ['udp', 53, 120],
    ],
  );
  assert.deepEqual(plan.pools.find(({ id }) => id === both.id)?.protocol, 'tcp_udp');
});

test('TLS and Proxy Protocol are spoken in user space', () => {
  const story = tellServiceStory();
  const { world, balancer, group } = story;
  const certificate = world.put({
    ...world.resource('cert'),
    kind: 'certificate',
    certificate: 'CERT',
    privateKey: 'KEY',
    chain: null,
    importedAt: '',
  });
  addListener(world, balancer, group, 443, {
    protocol: 'TLS',
    certificateIds: [certificate.id],
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    alpnPolicy: 'HTTP2Only',
  });
  world.put({ ...group, attributes: { 'proxy_protocol_v2.enabled': 'true' } });
  const [node] = only(planOf(story).balancers).nodes;
  assert.deepEqual(
    node?.listeners.map(({ protocol, engine, certificates }) => [protocol, engine, certificates.length]),
    [
      ['tcp', 'user', 0],
      ['tls', 'user', 1],
    ],
  );
  assert.deepEqual(
    node?.listeners.map(({ tls }) => tls && { ...tls, ciphers: tls.ciphers.length }),
    [null, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: 7, alpn: ['h2'] }],
  );
});

test('what a pool checks, from where and how', () => {
  const story = tellServiceStory();
  story.world.put({
    ...story.group,
    attributes: { 'stickiness.enabled': 'true' },
    healthCheck: { ...story.group.healthCheck, protocol: 'HTTP', path: null, matcher: '200-299,302', port: '8080' },
  });
  const outside = addTarget(story.world, addTargetGroup(story.world, story.provider, 'unused', { targetType: 'ip' }), {
    address: '10.0.10.99',
    zoneId: 'all',
  });
  const plan = planOf(story, healthOf([outside]));
  const { targets, ...rest } = pool(plan);
  assert.deepEqual(
    targets.map(({ address, checkPort, from }) => [address, checkPort, from]),
    [
      [A, 8080, NODE_A],
      [B, 8080, NODE_B],
    ],
  );
  assert.deepEqual(rest, {
    id: story.group.id,
    origin: [story.group.id, story.balancer.id],
    domain: story.provider.id,
    protocol: 'tcp',
    preserveClientAddress: true,
    proxyProtocol: false,
    stickiness: 'source',
    check: {
      protocol: 'http',
      path: '/',
      codes: [
        { from: 200, to: 299 },
        { from: 302, to: 302 },
      ],
      intervalSeconds: 30,
      timeoutSeconds: 10,
      healthyThreshold: 5,
      unhealthyThreshold: 2,
    },
    cut: [],
  });
});

test('targets outside the VPC are every node’s; those of a zone that is off are nobody’s', () => {
  const story = tellServiceStory();
  const { world, provider, balancer } = story;
  const group = addTargetGroup(world, provider, 'far', { targetType: 'ip', port: 81 });
  addListener(world, balancer, group, 81);
  const far = addTarget(world, group, { address: '192.168.7.7', zoneId: 'all' });
  const off = addTarget(world, group, { address: '10.0.12.9', zoneId: 'aps1-az9' });
  const plan = planOf(story, healthOf([far, off]));
  const served = only(plan.balancers).nodes.map(({ listeners }) => listeners.find(({ port }) => port === 81)?.targets);
  assert.deepEqual(served, [[{ address: '192.168.7.7', port: 81 }], [{ address: '192.168.7.7', port: 81 }]]);
  assert.deepEqual(
    plan.pools.find(({ id }) => id === group.id)?.targets.map(({ id, from }) => [id, from]),
    [[far.id, NODE_A]],
  );
});

test('a stopped instance is no target; one that is deregistered gets nothing new', () => {
  const story = tellServiceStory({ attributes: GROUP_ON });
  const { world, servers, targets } = story;
  const [first] = servers;
  assert.ok(first);
  world.put({ ...first.instance, wanted: 'stopped' });
  assert.equal(shares(planOf(story)), `${B} | ${B}`);
  world.put(first.instance);
  const [a] = targets;
  world.put({ ...a, deregisteredAt: '2026-11-23T12:00:00.000Z' });
  const draining = planOf(story, healthOf(targets));
  assert.equal(shares(draining), `${B} | ${B}`);
  assert.deepEqual(
    pool(draining).targets.map(({ address }) => address),
    [B],
  );
  assert.deepEqual(pool(draining).cut, []);
  world.put({ ...a, deregisteredAt: '2026-11-23T12:00:00.000Z', cutRevision: 1 });
  assert.deepEqual(pool(planOf(story, healthOf(targets))).cut, [{ address: A, port: 80 }]);
});

test('flows to an unhealthy target end, unless it serves for want of better or the group keeps them', () => {
  const story = tellServiceStory({ attributes: GROUP_ON });
  const [a, b] = story.targets;
  assert.deepEqual(pool(planOf(story, healthOf([b], [a]))).cut, [{ address: A, port: 80 }]);
  assert.deepEqual(pool(planOf(story, healthOf([], [a, b]))).cut, []);
  const key = 'target_health_state.unhealthy.connection_termination.enabled';
  story.world.put({ ...story.group, attributes: { [key]: 'false' } });
  assert.deepEqual(pool(planOf(story, healthOf([b], [a]))).cut, []);
});

test('flows to an unhealthy target that is to drain end when it has; new ones go elsewhere at once', () => {
  const story = tellServiceStory({ attributes: GROUP_ON });
  const [a, b] = story.targets;
  const unhealthy = 'target_health_state.unhealthy';
  const attributes = {
    [`${unhealthy}.connection_termination.enabled`]: 'false',
    [`${unhealthy}.draining_interval_seconds`]: '60',
  };
  story.world.put({ ...story.group, attributes: { ...story.group.attributes, ...attributes } });
  const since = '2026-01-01T00:00:00.000Z';
  const at = (now: string) => {
    const facts = healthOf([b]);
    const bad: TargetFact = { state: 'unhealthy', reason: 'Target.Timeout', since };
    const plan = planOf(story, { ...facts, now, targets: new Map([...facts.targets, [a.id, bad]]) });
    return [shares(plan), pool(plan).cut];
  };
  assert.deepEqual(at('2026-01-01T00:00:59.999Z'), [`${B} | ${B}`, []]);
  assert.deepEqual(at('2026-01-01T00:01:00.000Z'), [`${B} | ${B}`, [{ address: A, port: 80 }]]);
});

test('with zone affinity the name tells clients the node of their own zone, while DNS gives it', () => {
  const policy = 'dns_record.client_routing_policy';
  const story = tellServiceStory({ attributes: { [policy]: 'partial_availability_zone_affinity' } });
  const [a, b] = story.targets;
  const near = (healthy: Target[], sick: Target[] = []) => {
    const [zone] = planOf(story, healthOf(healthy, sick)).publicZones.filter(({ name }) => name.startsWith('elb.'));
    const records = zone?.records.filter((record) => record.near !== undefined) ?? [];
    assert.equal(records.length, 1);
    return records[0]?.near;
  };
  assert.deepEqual(near([a, b]), {
    share: 0.85,
    zones: [
      { zone: a.zoneId, values: [NODE_A] },
      { zone: b.zoneId, values: [NODE_B] },
    ],
  });
  assert.deepEqual(near([a], [b])?.zones, [{ zone: a.zoneId, values: [NODE_A] }]);
});

test('a load balancer that faces the internet is known by its public addresses; one with groups by these', () => {
  const story = tellServiceStory({
    scheme: 'internet-facing',
    groups: (world, vpc) => [world.group(vpc, 'front', allowAll('ingress'))],
  });
  const plan = planOf(story, healthOf(story.targets));
  assert.equal(answered(plan), story.nodes.map(({ publicAddress }) => publicAddress).join(' '));
  const { filters } = only(plan.balancers);
  assert.equal(filters?.length, 1);
  assert.deepEqual(plan.filters.find(({ id }) => id === filters?.[0])?.members, [NODE_A, NODE_B]);
  assert.deepEqual(
    plan.crossings.map(({ guards }) => guards),
    [filters, filters],
  );
});
