/**
 * How long compile and check take, warm, as the number of endpoints grows: the share of each round that needs no kernel.
 * Every endpoint has one interface; a VPC has fifty of them, AWS's quota, and an instance. Each round adds a rule first, as a
 * commit would.
 */
import { NO_FACTS } from '../src/model/facts.ts';
import type { SecurityGroup } from '../src/model/resources.ts';
import { check } from '../src/plan/check.ts';
import { compile } from '../src/plan/compile.ts';
import { allowAll, allowTcp, World } from '../src/plan/testing/world.ts';
import { type Bench, median, type Row } from './bench.ts';

const SIZES = [10, 100, 1000, 2000, 10_000];
const ENDPOINTS_PER_VPC = 50;
const WARM_UP = 30;
const ROUNDS = 41;
const GOALS_MS: Readonly<Record<number, number>> = { 1000: 15, 2000: 200 };

export const bench: Bench = {
  title: `compile and check of the whole Plan (medians of ${ROUNDS}, warm)`,
  async run(progress) {
    const rows: Row[] = [];
    let before: number | null = null;
    for (const size of SIZES) {
      progress(`${size} endpoints`);
      const { compiled, checked, both } = measure(size);
      const goal = GOALS_MS[size];
      rows.push({
        what: `${size} endpoints: compile ${compiled.toFixed(1)} + check ${checked.toFixed(1)}`,
        ours: `${both.toFixed(1)} ms`,
        against: before === null ? '–' : 'the row above',
        theirs: before === null ? '–' : `${before.toFixed(1)} ms`,
        ratio: before === null ? null : both / before,
        target: goal === undefined ? '–' : `≤ ${goal} ms`,
        met: goal === undefined ? null : both <= goal,
      });
      before = both;
    }
    return rows;
  },
};

function measure(endpoints: number): { compiled: number; checked: number; both: number } {
  const { world, step } = worldOf(endpoints);
  const compiled: number[] = [];
  const checked: number[] = [];
  const both: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    step(round);
    const start = performance.now();
    const plan = compile(world.intent(), NO_FACTS);
    const middle = performance.now();
    const findings = check(plan);
    const end = performance.now();
    if (findings.length > 0) throw new Error(findings.join('\n'));
    if (round < 0) continue;
    compiled.push(middle - start);
    checked.push(end - middle);
    both.push(end - start);
  }
  return { compiled: median(compiled), checked: median(checked), both: median(both) };
}

function worldOf(endpoints: number) {
  const world = new World();
  const groups: SecurityGroup[] = [];
  for (let made = 0; made < endpoints; made += ENDPOINTS_PER_VPC) {
    const vpc = world.vpc('10.0.0.0/16');
    const subnet = world.subnet(vpc, '10.0.0.0/20');
    const group = world.group(vpc, 'endpoints', allowAll('egress'), allowTcp('ingress', 443));
    groups.push(group);
    world.instance(subnet, [group]);
    const here = Math.min(ENDPOINTS_PER_VPC, endpoints - made);
    for (let at = 0; at < here; at++) world.endpoint(vpc, 'sqs', [subnet], [group], at === 0);
  }
  return {
    world,
    step(round: number): void {
      const group = groups[Math.abs(round) % groups.length];
      if (group !== undefined) world.rule(group, allowTcp('ingress', 1000 + round));
    },
  };
}
