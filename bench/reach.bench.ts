/**
 * How long it takes to tell of all pairs of interfaces whether one reaches the other, warm code and a Plan that nobody has asked
 * yet: ten VPCs, joined by a transit gateway, each with four subnets and five groups.
 */
import { createReach, sendersOf } from '../src/analyse/reach.ts';
import { trace } from '../src/analyse/trace.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import { compile } from '../src/plan/compile.ts';
import type { Plan } from '../src/plan/plan.ts';
import { addTransit, attachVpc } from '../src/plan/testing/transit.ts';
import { allowAll, allowTcp, inGroup, World } from '../src/plan/testing/world.ts';
import { type Bench, median, type Row } from './bench.ts';

const SIZES = [10, 100, 1000, 2000];
const VPCS = 10;
const ROUNDS = 5;
const GOAL_MS = 5000;
const GOAL_AT = 1000;
const ASK = { protocol: '6', port: 443 } as const;
/** Of the pairs, traced one by one. */
const SAMPLE = 20_000;

export const bench: Bench = {
  title: `all pairs of interfaces × one port (medians of ${ROUNDS}; theirs: tracing each pair, from ${SAMPLE} of them)`,
  async run(progress) {
    const rows: Row[] = [];
    for (const size of SIZES) {
      progress(`${size} interfaces`);
      const plan = planOf(size);
      const took: number[] = [];
      let traces = 0;
      for (let round = 0; round < ROUNDS; round++) {
        // A copy, so that nothing is remembered of it.
        const copy = { ...plan };
        const start = performance.now();
        traces = allPairs(copy);
        took.push(performance.now() - start);
      }
      const ours = median(took);
      const theirs = oneByOne(plan);
      rows.push({
        what: `${size} interfaces: ${traces} traces`,
        ours: `${ours.toFixed(0)} ms`,
        against: 'tracing each pair',
        theirs: `${theirs.toFixed(0)} ms`,
        ratio: ours / theirs,
        target: size === GOAL_AT ? `≤ ${GOAL_MS} ms` : '–',
        met: size === GOAL_AT ? ours <= GOAL_MS : null,
      });
    }
    return rows;
  },
};

function allPairs(plan: Plan): number {
  const reach = createReach(plan);
  for (const from of sendersOf(plan)) {
    for (const { addresses } of plan.ports) reach.verdict(from, addresses[0] ?? '', ASK);
  }
  return reach.traces;
}

function oneByOne(plan: Plan): number {
  const senders = sendersOf(plan);
  const pairs = senders.length * plan.ports.length;
  const step = Math.max(1, Math.floor(pairs / SAMPLE));
  const start = performance.now();
  let asked = 0;
  for (let at = 0; at < pairs; at += step) {
    const from = senders[Math.floor(at / plan.ports.length)];
    const address = plan.ports[at % plan.ports.length]?.addresses[0] ?? '';
    const { protocol, port } = ASK;
    trace(plan, {
      from: { kind: 'port', port: from?.id ?? '', address: null },
      to: { address, port, code: null },
      protocol,
    });
    asked++;
  }
  return ((performance.now() - start) / asked) * pairs;
}

function planOf(interfaces: number): Plan {
  const world = new World();
  const transit = addTransit(world);
  for (let at = 0; at < VPCS; at++) {
    const range = `10.${at}`;
    const vpc = world.vpc(`${range}.0.0/16`);
    const subnet = (third: number, zone: string) => world.subnet(vpc, `${range}.${16 * third}.0/20`, zone);
    const subnets = [subnet(0, 'a'), subnet(1, 'b'), subnet(2, 'a'), subnet(3, 'b')] as const;
    const web = world.group(vpc, 'web', allowAll('egress'), allowTcp('ingress', 443));
    const groups = [
      web,
      world.group(vpc, 'app', allowAll('egress'), allowTcp('ingress', 443, inGroup(web))),
      world.group(vpc, 'peers', allowAll('egress'), allowTcp('ingress', 443, { kind: 'cidr', cidr: '10.0.0.0/12' })),
      world.group(vpc, 'data', allowTcp('ingress', 5432, inGroup(web))),
      world.group(vpc, 'none'),
    ];
    const route = { destination: '10.0.0.0/8', target: { kind: 'transitGateway', id: transit.gateway.id } } as const;
    world.routeTable(vpc, [route], subnets);
    attachVpc(world, transit, [subnets[0], subnets[1]]);
    const here = interfaces / VPCS;
    for (let made = 0; made < here; made++) {
      const own = subnets[made % subnets.length] ?? subnets[0];
      world.instance(own, [groups[made % groups.length] ?? web]);
    }
  }
  return compile(world.intent(), NO_FACTS);
}
