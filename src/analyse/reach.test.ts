/** One trace for all that fare alike tells what a trace of each pair tells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { build } from '../../test/fuzz/build.ts';
import { topologies } from '../../test/fuzz/steps.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
  healthOf,
} from '../plan/testing/balancing.ts';
import { addTransit, attachVpc } from '../plan/testing/transit.ts';
import { allowAll, allowTcp, inGroup, World } from '../plan/testing/world.ts';
import { likenessOf } from './alike.ts';
import { type Ask, addressesOf, createReach, flowOf, sendersOf, verdictOf } from './reach.ts';
import { trace } from './trace.ts';

const ASKS: readonly Ask[] = [
  { protocol: '6', port: 80 },
  { protocol: '6', port: 443 },
  { protocol: '6', port: 8080 },
  { protocol: '1', port: null },
];

/** All that anybody could ask for, and some that nobody has. */
function addressesIn(plan: Plan): readonly string[] {
  return [
    ...new Set([
      ...plan.ports.flatMap((port) => [...port.addresses, ...addressesOf(port)]),
      ...plan.services.map(({ internetAddress }) => internetAddress),
      ...plan.serviceGateways.map(({ address }) => address),
      ...plan.domains.flatMap(({ resolverAddresses, metadataAddresses }) => [
        ...resolverAddresses,
        ...metadataAddresses,
      ]),
      ...plan.crossings.flatMap(({ linkAddress, targetAddress }) => [linkAddress, targetAddress]),
      ...likenessOf(plan).strangers,
      '10.0.0.250',
    ]),
  ];
}

/** Of each instance. */
const COPIES = 6;

const crowdSeed = fc.record({
  vpcs: fc.array(
    fc.record({
      range: fc.constantFrom('10.0', '10.0', '10.1'),
      hasGateway: fc.boolean(),
      instances: fc.array(
        fc.record({ subnet: fc.nat(1), group: fc.nat(2), isPublic: fc.boolean(), isStopped: fc.boolean() }),
        { minLength: 2, maxLength: 5 },
      ),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  /** Of one instance's address alone. */
  single: fc.nat(8),
  targets: fc.integer({ min: 0, max: 3 }),
  preserves: fc.boolean(),
  forwarder: fc.boolean(),
  join: fc.constantFrom('peering', 'transit', 'none'),
  outside: fc.constantFrom(null, { hostBlocks: ['198.51.100.0/24', '203.0.113.7/32'], echoes: false }),
});
type CrowdSeed = typeof crowdSeed extends fc.Arbitrary<infer T> ? T : never;

/** Many interfaces, most of them like others. */
function crowdOf({ vpcs, single, targets, preserves, forwarder, join, outside }: CrowdSeed): Plan {
  const world = new World();
  const made = vpcs.map(({ range, hasGateway, instances }) => {
    const vpc = world.vpc(`${range}.0.0/16`);
    const subnets = [world.subnet(vpc, `${range}.1.0/24`, 'a'), world.subnet(vpc, `${range}.2.0/24`, 'b')] as const;
    const first = world.group(vpc, 'first', allowAll('egress'), allowTcp('ingress', 80));
    const second = world.group(vpc, 'second', allowAll('egress'), allowTcp('ingress', 443, inGroup(first)));
    const third = world.group(vpc, 'third', allowTcp('egress', 80));
    const groups = [first, second, third];
    const hosts = Array.from({ length: COPIES }, () => instances)
      .flat()
      .map(({ subnet, group, isPublic, isStopped }) =>
        world.instance(subnets[subnet] ?? subnets[0], [groups[group] ?? first], {
          isPublic,
          ...(isStopped && { wanted: 'stopped' }),
        }),
      );
    const gateway = hasGateway ? world.gateway(vpc, []) : undefined;
    return { vpc, subnets, groups, hosts, gateway };
  });
  const [provider, consumer] = made;
  assert.ok(provider !== undefined && consumer !== undefined);
  const alone = provider.hosts[single % provider.hosts.length]?.eni.addresses[0];
  for (const group of provider.groups) {
    world.rule(group, allowTcp('ingress', 8080, { kind: 'cidr', cidr: `${alone}/32` }));
  }
  const { balancer } = addBalancer(world, provider.vpc, 'shared', provider.subnets);
  const group = addTargetGroup(world, provider.vpc, 'shared', {
    attributes: { 'preserve_client_ip.enabled': String(preserves) },
  });
  addListener(world, balancer, group);
  const served = provider.hosts.slice(0, targets).map(({ instance }) => addTarget(world, group, instance));
  const service = addService(world, [balancer]);
  addServiceEndpoint(world, consumer.vpc, service, consumer.subnets, consumer.groups.slice(0, 1));
  world.endpoint(consumer.vpc, 'sqs', consumer.subnets, consumer.groups.slice(0, 1));
  const peering = join === 'peering' ? world.peering(provider.vpc, consumer.vpc) : undefined;
  const transit = join === 'transit' ? addTransit(world) : undefined;
  const [forwards] = provider.hosts;
  if (forwards !== undefined && forwarder) world.put({ ...forwards.eni, sourceDestCheck: false });
  for (const [at, { vpc, subnets, gateway }] of made.entries()) {
    if (transit !== undefined) attachVpc(world, transit, [subnets[0]]);
    const other = vpcs[1 - at]?.range;
    const id = peering?.id ?? transit?.gateway.id;
    const kind = peering === undefined ? 'transitGateway' : 'vpcPeering';
    world.routeTable(
      vpc,
      [
        ...(gateway === undefined
          ? []
          : [{ destination: '0.0.0.0/0', target: { kind: 'internetGateway', id: gateway.id } } as const]),
        ...(id === undefined || other === undefined || other === vpcs[at]?.range
          ? []
          : [{ destination: `${other}.0.0/16`, target: { kind, id } } as const]),
        ...(at === 0 && forwarder && forwards !== undefined
          ? [{ destination: '203.0.113.0/24', target: { kind: 'networkInterface', id: forwards.eni.id } } as const]
          : []),
      ] as Parameters<World['routeTable']>[1],
      subnets,
    );
  }
  return compile(world.intent(), { ...healthOf(served), outside });
}

/** Two machines of two interfaces each, and one that is a target of a load balancer, which the other's clients reach by any of theirs. */
function pairedInterfaces(): Plan {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24', 'a');
  const open = world.group(vpc, 'open', allowAll('egress'), allowAll('ingress'));
  const [first] = [0, 1].map((at) => {
    const made = world.instance(subnet, [open]);
    assert.ok(made.eni.attachment);
    const attachment = { ...made.eni.attachment, id: `eni-attach-0000000000000000${at}`, deviceIndex: 1 };
    world.interface(subnet, [open], { attachment });
    return made;
  });
  assert.ok(first);
  const { balancer } = addBalancer(world, vpc, 'shared', [subnet]);
  const group = addTargetGroup(world, vpc, 'shared', { attributes: { 'preserve_client_ip.enabled': 'true' } });
  addListener(world, balancer, group);
  return compile(world.intent(), healthOf([addTarget(world, group, first.instance)]));
}

/** Counts pairs, and the traces that they took. */
function compareAll(plan: Plan): readonly [pairs: number, traces: number] {
  const reach = createReach(plan);
  const addresses = addressesIn(plan);
  let pairs = 0;
  for (const from of [...sendersOf(plan), ...likenessOf(plan).strangers]) {
    for (const address of addresses) {
      for (const ask of ASKS) {
        const told = reach.verdict(from, address, ask);
        const wanted = verdictOf(trace(plan, flowOf(from, address, ask)));
        const who = typeof from === 'string' ? from : from.id;
        assert.deepEqual(told, wanted, `${who} -> ${address} ${ask.protocol}/${ask.port}`);
        pairs++;
      }
    }
  }
  return [pairs, reach.traces];
}

test('every pair of any topology fares as if it had been traced', () => {
  const property = fc.property(topologies, (topology) => void compareAll(build(topology).plans[1]));
  fc.assert(property, { numRuns: 20, seed: 1 });
});

test('so does every pair of a crowd, with far fewer traces', () => {
  let [pairs, traces] = [0, 0];
  const property = fc.property(crowdSeed, (seed) => {
    const counted = compareAll(crowdOf(seed));
    pairs += counted[0];
    traces += counted[1];
  });
  fc.assert(property, { numRuns: 8, seed: 1 });
  assert.ok(traces * 2 < pairs, `${traces} traces for ${pairs} pairs`);
});

test('so does a target as its own client by another interface, and the like interface of another machine', () => {
  const plan = pairedInterfaces();
  const nodes = plan.ports.filter(({ kind }) => kind === 'balancer').flatMap(({ addresses }) => addresses);
  const outcomes = sendersOf(plan).map(
    (from) => trace(plan, flowOf(from, nodes[0] ?? '', { protocol: '6', port: 80 })).outcome,
  );
  assert.deepEqual(outcomes.toSorted(), ['delivered', 'delivered', 'dropped', 'dropped']);
  compareAll(plan);
});
