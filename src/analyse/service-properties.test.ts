/**
 * What must hold of services in any world: VPCs with one range between them, each perhaps a provider, a consumer or both, with
 * targets in any health. A sound Plan, equal bytes, one way, and nobody in a domain that no crossing leads to.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Facts } from '../model/facts.ts';
import type { Target } from '../model/resources.ts';
import { check } from '../plan/check.ts';
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
import { allowAll, World } from '../plan/testing/world.ts';
import type { Trace } from './flow.ts';
import { trace } from './trace.ts';

const RUNS = 80;
const VPCS = 3;

const targetSeed = fc.record({
  instance: fc.nat(3),
  health: fc.constantFrom('healthy', 'unhealthy', 'initial'),
  isDeregistered: fc.boolean(),
});

const serviceSeed = fc.record({
  provider: fc.nat(VPCS - 1),
  zones: fc.integer({ min: 1, max: 2 }),
  crossZone: fc.boolean(),
  groups: fc.constantFrom('none', 'closed', 'open'),
  guardPrivateLink: fc.boolean(),
  isPublic: fc.boolean(),
  protocol: fc.constantFrom('TCP', 'UDP', 'TCP_UDP'),
  attributes: fc.constantFrom({}, { 'preserve_client_ip.enabled': 'false' }, { 'proxy_protocol_v2.enabled': 'true' }),
  targets: fc.uniqueArray(targetSeed, { maxLength: 4, selector: ({ instance }) => instance }),
  consumers: fc.array(
    fc.record({
      vpc: fc.nat(VPCS - 1),
      acceptance: fc.constantFrom('automatic', 'accepted', 'pending', 'rejected'),
    }),
    { maxLength: 2 },
  ),
});
const seeds = fc.array(serviceSeed, { minLength: 1, maxLength: 2 });
type Seed = typeof serviceSeed extends fc.Arbitrary<infer T> ? T : never;

interface Built {
  readonly world: World;
  readonly facts: Facts;
}

function build(services: readonly Seed[]): Built {
  const world = new World();
  const vpcs = Array.from({ length: VPCS }, () => {
    const vpc = world.vpc('10.0.0.0/16');
    const subnets = ['a', 'b'].map((zone, at) => world.subnet(vpc, `10.0.${at}.0/24`, zone));
    world.gateway(vpc, subnets.slice(0, 1));
    const group = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
    const closed = world.group(vpc, 'closed');
    const instances = [0, 1, 2, 3].map((at) => world.instance(subnets[at % 2] ?? never(), [group]).instance);
    return { vpc, subnets, group, closed, instances };
  });
  const healthy: Target[] = [];
  const unhealthy: Target[] = [];
  for (const [number, seed] of services.entries()) {
    const { vpc, subnets, group, closed, instances } = vpcs[seed.provider] ?? never();
    const { balancer } = addBalancer(world, vpc, `lb${number}`, subnets.slice(0, seed.zones), {
      ...(seed.groups === 'none' ? {} : { groups: [seed.groups === 'open' ? group : closed] }),
      scheme: seed.isPublic ? 'internet-facing' : 'internal',
      guardPrivateLink: seed.guardPrivateLink,
      attributes: { 'load_balancing.cross_zone.enabled': String(seed.crossZone) },
    });
    const { protocol, attributes } = seed;
    const targetGroup = addTargetGroup(world, vpc, `tg${number}`, { protocol, attributes });
    addListener(world, balancer, targetGroup);
    for (const { instance, health, isDeregistered } of seed.targets) {
      const deregisteredAt = isDeregistered ? '2026-11-23T12:00:00.000Z' : null;
      const target = addTarget(world, targetGroup, instances[instance] ?? never(), { deregisteredAt });
      if (health === 'healthy') healthy.push(target);
      if (health === 'unhealthy') unhealthy.push(target);
    }
    const service = addService(world, [balancer]);
    for (const { vpc: at, acceptance } of seed.consumers) {
      const consumer = vpcs[at] ?? never();
      addServiceEndpoint(world, consumer.vpc, service, consumer.subnets.slice(0, seed.zones), [consumer.group], {
        acceptance,
      });
    }
  }
  return { world, facts: healthOf(healthy, unhealthy) };
}

function never(): never {
  throw new Error('not in the seed');
}

function planOf({ world, facts }: Built): Plan {
  return compile(world.intent(), facts);
}

function holds(property: (plan: Plan, built: Built) => void): void {
  fc.assert(
    fc.property(seeds, (each) => {
      const built = build(each);
      property(planOf(built), built);
    }),
    { numRuns: RUNS },
  );
}

/** From every port, by TCP and UDP, to every address there is. */
function* traces(plan: Plan): Iterable<{ from: Plan['ports'][number]; address: string; found: Trace }> {
  const addresses = new Set([
    ...plan.ports.flatMap((port) => [...port.addresses, ...port.publics.map((each) => each.publicAddress)]),
    ...plan.crossings.flatMap(({ linkAddress, targetAddress }) => [linkAddress, targetAddress]),
  ]);
  for (const from of plan.ports) {
    for (const address of addresses) {
      for (const protocol of ['6', '17']) {
        const to = { address, port: 80, code: null };
        yield {
          from,
          address,
          found: trace(plan, { from: { kind: 'port', port: from.id, address: null }, to, protocol }),
        };
      }
    }
  }
}

/** Ports that may get it. */
function receivers({ receiver, targets }: Trace): readonly string[] {
  if (targets.length > 0) return targets.flatMap(receivers);
  return receiver?.kind === 'port' ? [receiver.id] : [];
}

test('the linter has nothing to say, and equal intents and facts give equal bytes', () => {
  fc.assert(
    fc.property(seeds, (each) => {
      const plan = planOf(build(each));
      assert.deepEqual(check(plan), []);
      assert.equal(JSON.stringify(planOf(build(each))), JSON.stringify(plan));
    }),
    { numRuns: RUNS },
  );
});

test('the order in which resources were made does not show', () =>
  holds((plan, { world, facts }) => {
    const tables = [
      'target',
      'targetGroup',
      'listener',
      'loadBalancer',
      'endpointService',
      'networkInterface',
    ] as const;
    for (const kind of tables) {
      for (const resource of [...world.intent().table(kind).all()].reverse()) {
        world.remove(resource);
        world.put(resource);
      }
    }
    const after = compile(world.intent(), facts);
    assert.equal(JSON.stringify({ ...after, revision: plan.revision }), JSON.stringify(plan));
  }));

test('isolation: into another domain only through an open crossing there, and only to its targets', () =>
  holds((plan) => {
    const ports = new Map(plan.ports.map((port) => [port.id, port]));
    const isPublic = new Set(plan.ports.flatMap(({ publics }) => publics.map(({ publicAddress }) => publicAddress)));
    for (const { from, address, found } of traces(plan)) {
      if (found.outcome === 'dropped' || isPublic.has(address)) continue;
      for (const id of receivers(found)) {
        const there = ports.get(id);
        if (there?.domain === from.domain) continue;
        const crossing = plan.crossings.find((each) => each.consumer === from.domain && each.address === address);
        assert.ok(crossing?.open, `${from.id} reaches ${id} by ${address}`);
        assert.equal(crossing.provider, there?.domain);
        const balancer = plan.balancers.find(({ nodes }) =>
          nodes.some(({ crossingAddress }) => crossingAddress === crossing.targetAddress),
        );
        const served = balancer?.nodes.flatMap(({ listeners }) => listeners).flatMap(({ targets }) => targets) ?? [];
        assert.ok(served.some((target) => there?.addresses.includes(target.address)));
      }
    }
  }));

test('one way: what is held by a router originates nothing, and hidden addresses lead nowhere', () =>
  holds((plan) => {
    const hidden = new Set(plan.crossings.flatMap(({ linkAddress, targetAddress }) => [linkAddress, targetAddress]));
    for (const { from, address, found } of traces(plan)) {
      if (from.kind !== 'machine' || hidden.has(address))
        assert.equal(found.outcome, 'dropped', `${from.id} ${address}`);
    }
  }));

test('behind a crossing a target sees a node and never a consumer', () =>
  holds((plan) => {
    const crossings = new Map(plan.crossings.map((each) => [`${each.consumer} ${each.address}`, each]));
    for (const { from, address, found } of traces(plan)) {
      const crossing = crossings.get(`${from.domain} ${address}`);
      if (crossing === undefined || found.targets.length === 0) continue;
      const node = plan.balancers
        .flatMap(({ nodes }) => nodes)
        .find(({ crossingAddress }) => crossingAddress === crossing.targetAddress);
      for (const target of found.targets) assert.equal(target.hops[0]?.source, node?.address);
    }
  }));

test('an outcome fits its reasons and its targets', () =>
  holds((plan) => {
    for (const { found } of traces(plan)) {
      assert.equal(found.outcome === 'delivered', found.reasons.length === 0);
      const outcomes = new Set(found.targets.map(({ outcome }) => outcome));
      if (found.outcome === 'depends') assert.equal(outcomes.size, 2);
      if (found.outcome === 'delivered' && found.targets.length > 0) assert.deepEqual([...outcomes], ['delivered']);
    }
  }));

test('new flows go to healthy targets where a node reaches one, else to all that it reaches; never to a drained one', () =>
  holds((plan, { world, facts }) => {
    const registered = new Map(
      [...world.intent().table('target').all()]
        .filter(({ deregisteredAt }) => deregisteredAt === null)
        .map(({ id }) => [id, facts.targets.get(id)?.state]),
    );
    for (const { nodes } of plan.balancers) {
      for (const { pool, targets } of nodes.flatMap(({ listeners }) => listeners)) {
        const checked = plan.pools.find(({ id }) => id === pool)?.targets ?? [];
        const states = targets.map(({ address }) => {
          const target = checked.find((each) => each.address === address);
          assert.ok(target !== undefined && registered.has(target.id));
          return registered.get(target.id);
        });
        assert.ok(!states.includes('healthy') || states.every((state) => state === 'healthy'));
      }
    }
  }));

test('every endpoint’s regional name answers, with its own addresses only', () =>
  holds((plan, { world }) => {
    for (const endpoint of world.intent().table('vpcEndpoint').all()) {
      const own = plan.ports.filter(({ origin }) => origin[1] === endpoint.id).flatMap(({ addresses }) => addresses);
      const name = `${endpoint.id}-${endpoint.dnsSuffix}.`;
      const record = plan.publicZones.flatMap(({ records }) => records).find((each) => each.name.startsWith(name));
      assert.ok(record !== undefined && record.values.length > 0);
      assert.ok(record.values.every((value) => own.includes(value)));
    }
  }));
