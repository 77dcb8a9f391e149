/** What must hold in any world, however its resources are made: equal bytes, a sound Plan, isolation, one-way crossings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_FACTS } from '../model/facts.ts';
import type { SecurityGroup, Subnet } from '../model/resources.ts';
import { check } from '../plan/check.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { allowAll, allowTcp, inGroup, World } from '../plan/testing/world.ts';
import { trace } from './trace.ts';

const RUNS = 60;

const vpcSeed = fc.record({
  cidr: fc.constantFrom('10.0.0.0/16', '10.0.0.0/16', '172.31.0.0/20', '192.168.0.0/24'),
  dnsSupport: fc.boolean(),
  dnsHostnames: fc.boolean(),
  hasGateway: fc.boolean(),
  zones: fc.integer({ min: 1, max: 3 }),
  groups: fc.array(fc.constantFrom('none', 'all', 'https', 'self'), { minLength: 1, maxLength: 3 }),
  instances: fc.array(fc.record({ zone: fc.nat(2), group: fc.nat(2), isPublic: fc.boolean(), isOpen: fc.boolean() }), {
    maxLength: 4,
  }),
  endpoints: fc.uniqueArray(fc.constantFrom('sqs', 's3', 'athena', 'ecr.dkr'), { maxLength: 2 }),
});
type VpcSeed = typeof vpcSeed extends fc.Arbitrary<infer T> ? T : never;

function build(seeds: readonly VpcSeed[]): World {
  const world = new World();
  for (const seed of seeds) addVpc(world, seed);
  return world;
}

function addVpc(world: World, seed: VpcSeed): void {
  const vpc = world.vpc(seed.cidr, { dnsSupport: seed.dnsSupport, dnsHostnames: seed.dnsHostnames });
  const stem = seed.cidr.split('.').slice(0, 3).join('.');
  const subnets = Array.from({ length: seed.zones }, (_, at) =>
    world.subnet(vpc, `${stem}.${at * 64}/26`, 'abc'[at] ?? 'a'),
  );
  if (seed.hasGateway) world.gateway(vpc, subnets.slice(0, 1));
  const groups = seed.groups.map((kind, at) => {
    const group = world.group(vpc, `g${at}`);
    if (kind === 'all') world.rule(group, allowAll('ingress'));
    if (kind === 'https') world.rule(group, allowTcp('ingress', 443));
    if (kind === 'self') world.rule(group, allowAll('ingress', inGroup(group)));
    if (kind !== 'none') world.rule(group, allowAll('egress'));
    return group;
  });
  const pick = <T>(list: readonly T[], at: number) => list[at % list.length] as T;
  for (const { zone, group, isPublic, isOpen } of seed.instances) {
    const { eni } = world.instance(pick<Subnet>(subnets, zone), [pick<SecurityGroup>(groups, group)], { isPublic });
    if (isOpen) world.put({ ...eni, sourceDestCheck: false });
  }
  for (const service of seed.endpoints) world.endpoint(vpc, service, subnets, groups.slice(0, 1));
}

const worlds = fc.array(vpcSeed, { minLength: 1, maxLength: 3 }).map((seeds) => ({ seeds, world: build(seeds) }));

function holds(property: (plan: Plan) => void): void {
  fc.assert(
    fc.property(worlds, ({ world }) => property(compile(world.intent(), NO_FACTS))),
    { numRuns: RUNS },
  );
}

/** Every port against every address that any port or service has. */
function* flows(plan: Plan): Iterable<{ from: Plan['ports'][number]; address: string; source: string | null }> {
  const addresses = new Set([
    ...plan.ports.flatMap((port) => [...port.addresses, ...port.publics.map((each) => each.publicAddress)]),
    ...plan.crossings.flatMap(({ linkAddress, targetAddress }) => [linkAddress, targetAddress]),
  ]);
  for (const from of plan.ports) {
    for (const address of addresses) {
      yield { from, address, source: null };
      if (!from.spoofGuard) yield { from, address, source: plan.crossings[0]?.linkAddress ?? null };
    }
  }
}

test('equal intents give equal bytes', () => {
  fc.assert(
    fc.property(fc.array(vpcSeed, { maxLength: 3 }), (seeds) => {
      const text = () => JSON.stringify(compile(build(seeds).intent(), NO_FACTS));
      assert.equal(text(), text());
    }),
    { numRuns: RUNS },
  );
});

test('the order in which resources were made does not show', () => {
  fc.assert(
    fc.property(worlds, ({ world }) => {
      const before = JSON.stringify(compile(world.intent(), NO_FACTS));
      const tables = ['vpc', 'subnet', 'networkInterface', 'instance', 'securityGroupRule', 'vpcEndpoint'] as const;
      for (const kind of tables) {
        for (const resource of [...world.intent().table(kind).all()].reverse()) {
          world.remove(resource);
          world.put(resource);
        }
      }
      const after = compile(world.intent(), NO_FACTS);
      assert.equal(JSON.stringify({ ...after, revision: JSON.parse(before).revision }), before);
    }),
    { numRuns: RUNS },
  );
});

test('the linter has nothing to say', () => holds((plan) => assert.deepEqual(check(plan), [])));

test('isolation: by a private address only a port of the same domain is reached', () =>
  holds((plan) => {
    const isPublic = new Set(plan.ports.flatMap(({ publics }) => publics.map(({ publicAddress }) => publicAddress)));
    const domainOf = new Map(plan.ports.map(({ id, domain }) => [id, domain]));
    for (const { from, address, source } of flows(plan)) {
      const to = { address, port: 443, code: null };
      const found = trace(plan, { from: { kind: 'port', port: from.id, address: source }, to, protocol: '6' });
      if (found.outcome === 'delivered' && found.receiver?.kind === 'port' && !isPublic.has(address)) {
        assert.equal(domainOf.get(found.receiver.id), from.domain, `${from.id} -> ${address}`);
      }
    }
  }));

test('one way: no crossing’s port originates, and link and target addresses lead nowhere', () =>
  holds((plan) => {
    const culverts = new Set(plan.crossings.flatMap(({ linkAddress, targetAddress }) => [linkAddress, targetAddress]));
    for (const { from, address, source } of flows(plan)) {
      const to = { address, port: 443, code: null };
      const found = trace(plan, { from: { kind: 'port', port: from.id, address: source }, to, protocol: '6' });
      if (from.kind === 'crossing' || culverts.has(address)) assert.equal(found.outcome, 'dropped');
    }
  }));

test('what is delivered passed each gate by a rule; what is dropped says why', () =>
  holds((plan) => {
    for (const { from, address } of flows(plan)) {
      const to = { address, port: 443, code: null };
      const found = trace(plan, { from: { kind: 'port', port: from.id, address: null }, to, protocol: '6' });
      assert.equal(found.outcome === 'dropped', found.reasons.length > 0, `${from.id} -> ${address}`);
      if (found.outcome === 'delivered') assert.ok(found.hops.every(({ by }) => by !== null));
    }
  }));
