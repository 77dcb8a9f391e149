/**
 * How long it takes to tell of all pairs of interfaces whether one reaches the other, what a change opens and closes among them, and
 * whether policies hold; warm code and a Plan that nobody has asked yet: ten VPCs, joined by a transit gateway, each with four subnets
 * and five groups.
 */
import { type Assertion, parseAssertions } from '../src/analyse/assertion.ts';
import { judge } from '../src/analyse/judge.ts';
import { createReach, sendersOf } from '../src/analyse/reach.ts';
import { reachDiff } from '../src/analyse/reach-diff.ts';
import { trace } from '../src/analyse/trace.ts';
import { atOnce } from '../src/host/slices.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import type { SecurityGroup } from '../src/model/resources.ts';
import { compile } from '../src/plan/compile.ts';
import type { Plan } from '../src/plan/plan.ts';
import { addTransit, attachVpc } from '../src/plan/testing/transit.ts';
import { allowAll, allowTcp, inGroup, World } from '../src/plan/testing/world.ts';
import { type Bench, median, type Row } from './bench.ts';

const SIZES = [10, 100, 1000, 10_000];
const VPCS = 10;
const ROUNDS = 5;
/** Above the size of the goal: a hundred million pairs take most of a minute. */
const ROUNDS_OF_MANY = 1;
const GOAL_MS = 5000;
const GOAL_AT = 1000;
const ASK = { protocol: '6', port: 443 } as const;
/** Of the pairs, traced one by one. */
const SAMPLE = 20_000;

export const bench: Bench = {
  title: `who reaches whom: all pairs × one port, what a change opens, policies (medians of ${ROUNDS}, above ${GOAL_AT} interfaces of ${ROUNDS_OF_MANY}; theirs: tracing each pair, from ${SAMPLE} of them)`,
  async run(progress) {
    const rows: Row[] = [];
    for (const size of SIZES) {
      progress(`${size} interfaces`);
      const { plan, changed, policies } = planOf(size);
      let traces = 0;
      // Copies, so that nothing is remembered of them.
      const rounds = size > GOAL_AT ? ROUNDS_OF_MANY : ROUNDS;
      const pairs = medianOf(rounds, () => {
        traces = allPairs({ ...plan });
      });
      const theirs = oneByOne(plan);
      const row = (what: string, ours: number, against: string, other: number): Row => ({
        what: `${size} interfaces: ${what}`,
        ours: `${ours.toFixed(0)} ms`,
        against,
        theirs: `${other.toFixed(0)} ms`,
        ratio: ours / other,
        target: size === GOAL_AT ? `≤ ${GOAL_MS} ms` : '–',
        met: size === GOAL_AT ? ours <= GOAL_MS : null,
      });
      rows.push(row(`${traces} traces`, pairs, 'tracing each pair', theirs));
      let changes = 0;
      const compared = medianOf(rounds, () => {
        changes = atOnce(reachDiff({ ...plan }, { ...changed })).length;
      });
      rows.push(row(`reach --diff, ${changes} changes, all ports`, compared, 'all pairs, one port', pairs));
      let held = 0;
      const judged = medianOf(rounds, () => {
        const copy = { ...plan };
        held = policies.filter((each) => atOnce(judge(copy, each, ({ word }) => [word])).isHeld).length;
      });
      rows.push(row(`assert, ${held} of ${policies.length} policies hold`, judged, 'all pairs, one port', pairs));
    }
    return rows;
  },
};

function medianOf(rounds: number, work: () => void): number {
  const took = Array.from({ length: rounds }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return median(took);
}

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

interface Case {
  readonly plan: Plan;
  /** With one group of one VPC open to all of them, on one more port. */
  readonly changed: Plan;
  readonly policies: readonly Assertion[];
}

function planOf(interfaces: number): Case {
  const world = new World();
  const transit = addTransit(world);
  const vpcs: string[] = [];
  const data: SecurityGroup[] = [];
  for (let at = 0; at < VPCS; at++) {
    const range = `10.${at}`;
    const vpc = world.vpc(`${range}.0.0/16`);
    const subnet = (third: number, zone: string) => world.subnet(vpc, `${range}.${16 * third}.0/20`, zone);
    const subnets = [subnet(0, 'a'), subnet(1, 'b'), subnet(2, 'a'), subnet(3, 'b')] as const;
    vpcs.push(vpc.id);
    const web = world.group(vpc, 'web', allowAll('egress'), allowTcp('ingress', 443));
    const groups = [
      web,
      world.group(vpc, 'app', allowAll('egress'), allowTcp('ingress', 443, inGroup(web))),
      world.group(vpc, 'peers', allowAll('egress'), allowTcp('ingress', 443, { kind: 'cidr', cidr: '10.0.0.0/12' })),
      world.group(vpc, 'data', allowTcp('ingress', 5432, inGroup(web))),
      world.group(vpc, 'none'),
    ];
    data.push(...groups.slice(3, 4));
    const route = { destination: '10.0.0.0/8', target: { kind: 'transitGateway', id: transit.gateway.id } } as const;
    world.routeTable(vpc, [route], subnets);
    attachVpc(world, transit, [subnets[0], subnets[1]]);
    const here = interfaces / VPCS;
    for (let made = 0; made < here; made++) {
      const own = subnets[made % subnets.length] ?? subnets[0];
      world.instance(own, [groups[made % groups.length] ?? web]);
    }
  }
  const plan = compile(world.intent(), NO_FACTS);
  const [first, second] = vpcs;
  const policies = parseAssertions(`nothing reaches internet
nothing in ${first} reaches ${second} on 5432
nothing reaches ${data[0]?.id} on 5432 except ${first}
${first} reaches ${second} on 443
`);
  if (data[0] !== undefined) world.rule(data[0], allowTcp('ingress', 5433));
  return { plan, changed: compile(world.intent(), NO_FACTS), policies };
}
