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
import { median, percentile, type Row } from './table.ts';

const ROUNDS = 41;

export async function bench(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const endpoints of [10, 100, 1000]) rows.push(...(await measure(endpoints)));
  return rows;
}

async function measure(count: number): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
  const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
  const driver = createDriver({ paths, log: silentLog() });
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.0.0/18');
  const callers = world.group(vpc, 'callers', allowAll('egress'));
  world.instance(subnet, [callers]);
  const groups = Array.from({ length: count }, (_, at) => world.group(vpc, `endpoint ${at}`, allowTcp('ingress', 443)));
  for (const group of groups) world.endpoint(vpc, 'sqs', [subnet], [group], false);
  try {
    const start = performance.now();
    await driver.apply(compile(world.intent(), NO_FACTS));
    const first = performance.now() - start;
    const total: number[] = [];
    const compiling: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const group = groups[round % groups.length];
      if (group === undefined) continue;
      world.rule(group, allowTcp('ingress', 1000 + round));
      const from = performance.now();
      const plan = compile(world.intent(), NO_FACTS);
      const compiled = performance.now();
      await driver.apply(plan);
      total.push(performance.now() - from);
      compiling.push(compiled - from);
    }
    const grow: number[] = [];
    for (let round = 0; round < 9; round++) {
      world.endpoint(vpc, 'sqs', [subnet], [groups[0] as (typeof groups)[number]], false);
      const from = performance.now();
      await driver.apply(compile(world.intent(), NO_FACTS));
      grow.push(performance.now() - from);
    }
    const name = `${count} endpoints`;
    const limit = count === 1000 ? { atMost: 100 } : {};
    return [
      { name: `${name}: changed rule in force, p50`, value: median(total), unit: 'ms', ...limit },
      { name: `${name}: changed rule in force, p99`, value: percentile(total, 99), unit: 'ms' },
      { name: `${name}: of this, compiling`, value: median(compiling), unit: 'ms' },
      { name: `${name}: one more endpoint in force, p50`, value: median(grow), unit: 'ms', ...limit },
      { name: `${name}: all from nothing`, value: first, unit: 'ms' },
    ];
  } finally {
    await driver.teardown();
    rmSync(root, { recursive: true });
  }
}
