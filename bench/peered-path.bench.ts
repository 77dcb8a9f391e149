/** The path through a VPC peering connection against the plain routed path: two routers on the way on either. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '../src/driver/netns/driver.ts';
import { MTU } from '../src/driver/netns/names.ts';
import { silentLog } from '../src/host/log.ts';
import { hostPaths } from '../src/host/paths.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import { compile } from '../src/plan/compile.ts';
import { allowAll, World } from '../src/plan/testing/world.ts';
import type { Bench } from './bench.ts';
import { compared, type Path, PORT, plainPath, Stage } from './paths.ts';

const ROUNDS = 7;

export const bench: Bench = {
  title: `data path: instance → instance of a peered VPC through two routers (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
    const driver = createDriver({ paths, log: silentLog() });
    const stage = new Stage(root);
    const netnsOf = (id: string) => paths.netnsOf(id);
    try {
      const world = new World();
      const network = (block: string) => {
        const vpc = world.vpc(`${block}.0.0/16`);
        const subnet = world.subnet(vpc, `${block}.1.0/24`);
        const group = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
        return { vpc, subnet, ...world.instance(subnet, [group]) };
      };
      const [near, far] = [network('10.0'), network('10.1')];
      const { id } = world.peering(near.vpc, far.vpc);
      const target = { kind: 'vpcPeering', id } as const;
      world.routeTable(near.vpc, [{ destination: '10.1.0.0/16', target }], [near.subnet]);
      world.routeTable(far.vpc, [{ destination: '10.0.0.0/16', target }], [far.subnet]);
      await driver.apply(compile(world.intent(), NO_FACTS));

      const plain = await plainPath(
        netnsOf,
        [near.instance.id, 'plain-near', 'plain-far', far.instance.id],
        [MTU, MTU, MTU],
      );
      const all: Path[] = [
        { name: 'peered', address: far.eni.addresses[0] ?? '', port: PORT },
        { name: 'routed', address: plain.address, port: PORT },
      ];
      const figures = await stage.measure(netnsOf(near.instance.id), netnsOf(far.instance.id), all, ROUNDS, progress);
      return [
        compared('1 stream', 'Gbit/s', figures.gigabits, ['peered', 'routed'], { atLeast: 0.95 }),
        compared('round trip p50', 'µs', figures.p50, ['peered', 'routed']),
        compared('round trip p99', 'µs', figures.p99, ['peered', 'routed']),
        compared('new connections', '/s', figures.connections, ['peered', 'routed']),
      ];
    } finally {
      stage.end();
      await driver.teardown();
      rmSync(root, { recursive: true });
    }
  },
};
