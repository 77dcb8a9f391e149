/** What must hold of any topology that AWS's API can make: of its plans, and of what the analyser tells of packets there. No kernel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Trace } from '../src/analyse/flow.ts';
import { trace } from '../src/analyse/trace.ts';
import { check } from '../src/plan/check.ts';
import type { Plan, Port } from '../src/plan/plan.ts';
import { build } from './fuzz/build.ts';
import { type Step, type StepOf, type Topology, topologies } from './fuzz/steps.ts';

const RUNS = 60;
/** The same topologies each time; `npm run fuzz` makes others. */
const SEED = 1;
const PORTS = [80, 443];
const RANGES = ['10.0', '10.1', '172.31'] as const;

function holds<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, property), { numRuns: RUNS, seed: SEED });
}

function wholePlan(topology: Topology): Plan {
  return build(topology).plans[1];
}

/** Each sender towards each address of a port, first ones only. */
function* flows(
  plan: Plan,
  isTo: (from: Port, to: Port) => boolean,
): Iterable<{ key: string; to: Port; from: Port; found: Trace }> {
  for (const from of plan.ports.filter(({ kind }) => kind === 'machine')) {
    for (const to of plan.ports) {
      const [address] = to.addresses;
      if (address === undefined || to === from || !isTo(from, to)) continue;
      for (const port of PORTS) {
        const sender = { kind: 'port', port: from.id, address: null } as const;
        const found = trace(plan, { from: sender, to: { address, port, code: null }, protocol: '6' });
        yield { key: `${from.id} ${to.id} ${port}`, from, to, found };
      }
    }
  }
}

const sameDomain = (from: Port, to: Port) => from.domain === to.domain;

test('the linter has nothing to say, and the same calls give the same bytes', () =>
  holds(topologies, (topology) => {
    const { plans } = build(topology);
    for (const plan of plans) assert.deepEqual(check(plan), []);
    assert.equal(JSON.stringify(build(topology).plans), JSON.stringify(plans));
  }));

test('isolation: no private address leads into another domain but by a crossing or a link', () =>
  holds(topologies, (topology) => {
    const plan = wholePlan(topology);
    const linked = linkedDomains(plan);
    const domainOf = new Map(plan.ports.map(({ id, domain }) => [id, domain]));
    const crossed = new Set(
      plan.crossings.filter(({ open }) => open).map((each) => `${each.consumer} ${each.address} ${each.provider}`),
    );
    const isPrivate = ({ addresses }: Port) => addresses[0]?.includes(':') === false;
    for (const { key, from, to, found } of flows(plan, (_, at) => isPrivate(at))) {
      // A walk goes on as if what drops it were mended.
      if (found.outcome === 'dropped') continue;
      for (const { receiver, outcome } of [found, ...found.targets]) {
        if (outcome === 'dropped' || receiver?.kind !== 'port') continue;
        const there = domainOf.get(receiver.id);
        const isKnown =
          there === from.domain ||
          linked.has(`${from.domain} ${there}`) ||
          crossed.has(`${from.domain} ${to.addresses[0]} ${there}`);
        assert.ok(isKnown, `${key} is delivered in ${there}`);
      }
    }
  }));

/** "ONE OTHER" of those with a link between them, or links through hubs alone. */
function linkedDomains({ domains, links }: Plan): ReadonlySet<string> {
  const hubs = new Set(domains.filter(({ kind }) => kind === 'hub').map(({ id }) => id));
  const pairs = links.flatMap(({ ends: [a, b] }) => [
    [a.domain, b.domain],
    [b.domain, a.domain],
  ]);
  const found = new Set<string>();
  for (const { id } of domains) {
    const reached = new Set([id]);
    for (const at of reached) {
      if (at !== id && !hubs.has(at)) continue;
      for (const [from, to = ''] of pairs) if (from === at) reached.add(to);
    }
    for (const other of reached) found.add(`${id} ${other}`);
  }
  return found;
}

/** Whose calls name no range: what they make is the same in any. */
const WITHOUT_RANGES: ReadonlySet<string> = new Set([
  ...['groupsOf', 'ownTable', 'tableOf', 'stop', 'instanceLife', 'detach', 'dns', 'subnetIpv6'],
  ...['secondary', 'ipv6Address', 'secondInterface', 'elastic', 'elasticChange'],
  ...['endpoint', 'endpointChange', 'balancer', 'balancerChange'],
]);

/** No target by another VPC's address, which with one range may be here too. */
function ofOwnVpc(step: Step): Step {
  if (step.kind !== 'balancer') return step;
  const listeners = step.listeners.map((listener) => ({
    ...listener,
    targets: listener.targets.map((target) => ({ ...target, isAny: false })),
  }));
  return { ...step, listeners };
}

test('overlap: VPCs of one range fare as VPCs of ranges of their own', () =>
  holds(topologies, (topology) => {
    const steps = topology.steps.filter(({ kind }) => WITHOUT_RANGES.has(kind)).map(ofOwnVpc);
    const inRanges = (ranges: readonly (typeof RANGES)[number][]) =>
      wholePlan({
        ...topology,
        steps,
        vpcs: topology.vpcs.map((vpc, at) => ({ ...vpc, range: ranges[at] ?? '10.0' })),
      });
    const fates = (plan: Plan) =>
      new Map(
        [...flows(plan, sameDomain)].map(({ key, found }) => [
          key,
          [found.outcome, found.reasons.map(({ code }) => code)],
        ]),
      );
    const alike = fates(inRanges(['10.0', '10.0', '10.0']));
    assert.ok(alike.size > 0 || topology.vpcs.every(({ instances }) => instances.length === 1));
    assert.deepEqual(alike, fates(inRanges(RANGES)));
  }));

test('groups: one more rule drops nothing that was delivered', () => {
  const more = fc.record({
    group: fc.nat(11),
    side: fc.constantFrom('ingress', 'egress'),
    protocol: fc.constantFrom('tcp', '-1'),
  });
  holds(fc.tuple(topologies, more), ([topology, rule]) => {
    const ports = { from: 0, to: 65_535 };
    const step = { kind: 'rule', ...rule, ports, peer: { kind: 'block', block: '0.0.0.0/0' } } as StepOf<'rule'>;
    const before = wholePlan(topology);
    const after = new Map(
      [...flows(wholePlan({ ...topology, steps: [...topology.steps, step] }), sameDomain)].map((each) => [
        each.key,
        each.found,
      ]),
    );
    for (const { key, found } of flows(before, sameDomain)) {
      if (found.outcome === 'delivered') assert.equal(after.get(key)?.outcome, 'delivered', key);
    }
  });
});
