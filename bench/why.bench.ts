/**
 * One `why`, from a name to its packets: the first about a plan that has just come into force, when the analyser's indices are made, and
 * one after it; and one where a route is missing, so that what comes behind it is judged as well. Each VPC has five endpoints and an
 * instance.
 */
import { explainWhy } from '../src/daemon/advise/advise.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import { compile } from '../src/plan/compile.ts';
import { allowAll, allowTcp, World } from '../src/plan/testing/world.ts';
import { type Bench, median, type Row } from './bench.ts';

/** Of endpoints 10, 100, 1,000, 5,000 and 10,000. */
const VPCS = [2, 20, 200, 1000, 2000];
const SERVICES = ['sqs', 'sns', 'ec2', 'sts', 'logs'];
const ROUNDS = 21;
const GOAL_MS = 20;

export const bench: Bench = {
  title: `why: a name and its packets (medians of ${ROUNDS})`,
  async run(progress) {
    const rows: Row[] = [];
    for (const vpcs of VPCS) {
      progress(`${vpcs} VPCs`);
      const { first, next, missing } = measure(vpcs);
      const what = `${vpcs} VPCs, ${vpcs * SERVICES.length} endpoints`;
      rows.push(row(`${what}: the first of a plan`, first), row(`${what}: one after it`, next));
      rows.push(row(`${what}: a missing route`, missing));
    }
    return rows;
  },
};

function measure(vpcs: number): { readonly first: number; readonly next: number; readonly missing: number } {
  const world = new World();
  const senders = Array.from({ length: vpcs }, (_, at) => {
    const block = `10.${at >> 5}.${8 * (at & 31)}.0`;
    const vpc = world.vpc(`${block}/21`);
    const subnet = world.subnet(vpc, `${block}/24`);
    const group = world.group(vpc, 'all', allowAll('egress'), allowTcp('ingress', 443));
    for (const service of SERVICES) world.endpoint(vpc, service, [subnet], [group], true);
    return { sender: world.instance(subnet, [group]).eni.id, group };
  });
  const first: number[] = [];
  const next: number[] = [];
  const missing: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { sender, group } = senders[(round * 7) % vpcs] as (typeof senders)[number];
    world.rule(group, allowTcp('ingress', 1000 + round));
    const known = { intent: world.intent(), facts: NO_FACTS, plan: compile(world.intent(), NO_FACTS) };
    const question = { from: sender, to: 'sqs.ap-south-1.amazonaws.com', protocol: '6', port: 443, tls: true };
    for (const times of [first, next]) {
      const start = performance.now();
      const { outcome } = explainWhy(known, question);
      times.push(performance.now() - start);
      if (outcome !== 'delivered') throw new Error(`${outcome}, and packets would arrive`);
    }
    const { sender: other } = senders[(round * 7 + 1) % vpcs] as (typeof senders)[number];
    const start = performance.now();
    const { paths } = explainWhy(known, { ...question, to: other, port: 80, tls: false });
    missing.push(performance.now() - start);
    if (paths.every((path) => path.next.length === 0)) throw new Error('nothing is judged behind the missing route');
  }
  return { first: median(first), next: median(next), missing: median(missing) };
}

function row(what: string, ms: number): Row {
  const target = `≤ ${GOAL_MS} ms`;
  return { what, ours: `${ms.toFixed(2)} ms`, against: '–', theirs: '–', ratio: null, target, met: ms <= GOAL_MS };
}
