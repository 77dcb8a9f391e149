/**
 * From a changed rule to packets that obey it, with 10, 100 and 1,000 endpoints in one VPC, each with a group of its own (the
 * case that costs nftables most). Compile, render, diff and the kernel's transaction; the API and the store are not in it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '../src/driver/netns/driver.ts';
import { silentLog } from '../src/host/log.ts';
import { hostPaths } from '../src/host/paths.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import { compile } from '../src/plan/compile.ts';
import { allowAll, allowTcp, World } from '../src/plan/testing/world.ts';
import { type Bench, median, type Row } from './bench.ts';

const SIZES = [10, 100, 1000];
const RULE_ROUNDS = 41;
const ENDPOINT_ROUNDS = 15;
const GOAL_MS = 100;

export const bench: Bench = {
  title: `driver: change committed → packets obey it (medians of ${RULE_ROUNDS} and ${ENDPOINT_ROUNDS}; compile included)`,
  async run(progress) {
    const rows: Row[] = [];
    for (const size of SIZES) {
      progress(`${size} endpoints`);
      rows.push(...(await measure(size)));
    }
    return rows;
  },
};

async function measure(count: number): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
  const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
  const driver = createDriver({ paths, log: silentLog() });
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.0.0/18');
  world.instance(subnet, [world.group(vpc, 'callers', allowAll('egress'))]);
  const groups = Array.from({ length: count }, (_, at) => world.group(vpc, `endpoint ${at}`, allowTcp('ingress', 443)));
  for (const group of groups) world.endpoint(vpc, 'sqs', [subnet], [group], false);

  const inForce = async () => {
    const start = performance.now();
    await driver.apply(compile(world.intent(), NO_FACTS));
    return performance.now() - start;
  };
  try {
    const first = await inForce();
    const rule: number[] = [];
    for (let round = 0; round < RULE_ROUNDS; round++) {
      const group = groups[round % count];
      if (group !== undefined) world.rule(group, allowTcp('ingress', 1000 + round));
      rule.push(await inForce());
    }
    const endpoint: number[] = [];
    for (let round = 0; round < ENDPOINT_ROUNDS; round++) {
      world.endpoint(vpc, 'sqs', [subnet], groups.slice(0, 1), false);
      endpoint.push(await inForce());
    }
    return [
      row(`${count} endpoints: one more group rule`, median(rule), GOAL_MS),
      row(`${count} endpoints: one more endpoint`, median(endpoint), GOAL_MS),
      row(`${count} endpoints: all of them, from nothing`, first, null),
    ];
  } finally {
    await driver.teardown();
    rmSync(root, { recursive: true });
  }
}

function row(what: string, ms: number, goal: number | null): Row {
  return {
    what,
    ours: `${ms.toFixed(1)} ms`,
    against: '–',
    theirs: '–',
    ratio: null,
    target: goal === null ? '–' : `≤ ${goal} ms`,
    met: goal === null ? null : ms <= goal,
  };
}
