/** The path through an interface endpoint of an AWS service against the plain routed path: one router on the way on either. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '../src/driver/netns/driver.ts';
import { MTU } from '../src/driver/netns/names.ts';
import { silentLog } from '../src/host/log.ts';
import { runNft } from '../src/host/nftables.ts';
import { hostPaths } from '../src/host/paths.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import { compile } from '../src/plan/compile.ts';
import { CROSSING_MTU } from '../src/plan/fixed.ts';
import { allowAll, allowTcp, World } from '../src/plan/testing/world.ts';
import type { Bench } from './bench.ts';
import { compared, type Path, PORT, plainPath, Stage } from './paths.ts';

const ROUNDS = 9;

export const bench: Bench = {
  title: `data path: client → services through one router (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
    const driver = createDriver({ paths, log: silentLog() });
    const stage = new Stage(root);
    try {
      const world = new World();
      const vpc = world.vpc('10.0.0.0/16');
      const subnet = world.subnet(vpc, '10.0.0.0/24');
      const group = world.group(vpc, 'all', allowAll('egress'), allowTcp('ingress', PORT));
      const { instance } = world.instance(subnet, [group]);
      const eni = world.endpoint(vpc, 'sqs', [subnet], [group], false).interfaces[0]?.addresses[0] ?? '';
      await driver.apply(compile(world.intent(), NO_FACTS));

      const netnsOf = (id: string) => paths.netnsOf(id);
      const plain = await plainPath(netnsOf, [instance.id, 'plain', 'services'], [MTU, CROSSING_MTU]);
      runNft(
        netnsOf('services'),
        [
          'insert rule ip culvert cross iifname "plain*" accept',
          'insert rule ip culvert answer oifname "plain*" accept',
          'insert rule arp culvert input iifname "plain*" accept',
        ].join('\n'),
      );
      const all: Path[] = [
        { name: 'endpoint', address: eni, port: PORT },
        { name: 'routed', address: plain.address, port: PORT },
        ...(await stage.proxies(plain.lastRouter, plain.proxyAddress, plain.address, progress)),
      ];
      const figures = await stage.measure(netnsOf(instance.id), netnsOf('services'), all, ROUNDS, progress);
      return [
        compared('1 stream', 'Gbit/s', figures.gigabits, ['endpoint', 'routed'], { atLeast: 0.9 }),
        compared('1 stream', 'Gbit/s', figures.gigabits, ['endpoint', 'HAProxy'], { atLeast: 2 }),
        compared('round trip p50', 'µs', figures.p50, ['endpoint', 'routed'], { atMost: 1.5 }),
        compared('round trip p50', 'µs', figures.p50, ['endpoint', 'HAProxy']),
        compared('round trip p99', 'µs', figures.p99, ['endpoint', 'routed']),
        compared('round trip p99', 'µs', figures.p99, ['endpoint', 'HAProxy']),
        compared('new connections', '/s', figures.connections, ['endpoint', 'routed']),
      ];
    } finally {
      stage.end();
      await driver.teardown();
      rmSync(root, { recursive: true });
    }
  },
};
