/**
 * Consumer → endpoint → load balancer → target, across two VPCs with the same range, against the plain routed path and against
 * proxies that do the same hop: two routers on the way on each. Then once more with 2,000 endpoints on 200 services beside it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '../src/driver/netns/driver.ts';
import { MTU } from '../src/driver/netns/names.ts';
import { silentLog } from '../src/host/log.ts';
import { hostPaths } from '../src/host/paths.ts';
import { processorCount } from '../src/host/steering.ts';
import type { Target } from '../src/model/resources.ts';
import { compile } from '../src/plan/compile.ts';
import { CROSSING_MTU } from '../src/plan/fixed.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
  healthOf,
} from '../src/plan/testing/balancing.ts';
import { allowAll, World } from '../src/plan/testing/world.ts';
import { type Bench, median } from './bench.ts';
import { compared, type Path, PORT, plainPath, Stage } from './paths.ts';

const ROUNDS = 7;
const SERVICES = 200;
const ENDPOINTS = 2000;

export const bench: Bench = {
  title: `data path: consumer → service of another VPC through two routers (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
    const driver = createDriver({ paths, log: silentLog() });
    const stage = new Stage(root);
    const netnsOf = (id: string) => paths.netnsOf(id);
    try {
      const world = new World();
      const provider = world.vpc('10.0.0.0/16');
      const zone = world.subnet(provider, '10.0.0.0/18');
      const open = world.group(provider, 'open', allowAll('ingress'), allowAll('egress'));
      const { instance: server } = world.instance(zone, [open]);
      const consumer = world.vpc('10.0.0.0/16');
      const subnet = world.subnet(consumer, '10.0.0.0/18');
      const all = world.group(consumer, 'all', allowAll('ingress'), allowAll('egress'));
      const { instance: client } = world.instance(subnet, [all]);
      const targets: Target[] = [];
      const offer = (name: string) => {
        const { balancer } = addBalancer(world, provider, name, [zone]);
        const group = addTargetGroup(world, provider, name, { port: PORT });
        addListener(world, balancer, group, PORT);
        targets.push(addTarget(world, group, server));
        return addService(world, [balancer]);
      };
      const endpointTo = (service: ReturnType<typeof offer>) =>
        addServiceEndpoint(world, consumer, service, [subnet], [all]).interfaces[0]?.addresses[0] ?? '';
      const address = endpointTo(offer('one'));
      await driver.apply(compile(world.intent(), healthOf(targets)));

      const plain = await plainPath(netnsOf, [client.id, 'plain1', 'plain2', server.id], [MTU, CROSSING_MTU, MTU]);
      const routed: Path = { name: 'routed', address: plain.address, port: PORT };
      const ours: Path = { name: 'service', address, port: PORT };
      const proxies = await stage.proxies(plain.lastRouter, plain.proxyAddress, plain.address, progress);
      const measure = (those: readonly Path[]) =>
        stage.measure(netnsOf(client.id), netnsOf(server.id), those, ROUNDS, progress);
      const figures = await measure([ours, routed, ...proxies]);
      // Where no processor has time to spare, work that goes from one to another is only dearer.
      const busy = { ...ours, name: 'service, all processors busy' };
      const ends = [netnsOf(client.id), netnsOf(server.id)] as const;
      const taken = await stage.newConnections(...ends, [busy, routed], ROUNDS, progress, processorCount());

      progress(`${ENDPOINTS} endpoints on ${SERVICES} services`);
      const services = Array.from({ length: SERVICES }, (_, at) => offer(`service${at}`));
      for (let at = 0; at < ENDPOINTS; at++) {
        const service = services[at % SERVICES];
        if (service !== undefined) endpointTo(service);
      }
      const start = performance.now();
      await driver.apply(compile(world.intent(), healthOf(targets)));
      progress(`in force after ${Math.round(performance.now() - start)} ms`);
      const many = { ...ours, name: `service, ${ENDPOINTS} endpoints` };
      const crowded = await measure([many, routed]);
      return [
        compared('1 stream', 'Gbit/s', figures.gigabits, ['service', 'routed'], { atLeast: 0.9 }),
        compared('1 stream', 'Gbit/s', figures.gigabits, ['service', 'HAProxy'], { atLeast: 1 }),
        compared('1 stream', 'Gbit/s', figures.gigabits, ['service', 'nginx stream'], { atLeast: 1 }),
        compared('new connections', '/s', figures.connections, ['service', 'routed'], { atLeast: 0.75 }),
        compared('new connections', '/s', figures.connections, ['service', 'HAProxy'], { atLeast: 1 }),
        compared('new connections', '/s', figures.connections, ['service', 'nginx stream'], { atLeast: 1 }),
        compared('new connections', '/s', taken, [busy.name, 'routed'], { atLeast: 0.75 }),
        compared('round trip p50', 'µs', figures.p50, ['service', 'routed']),
        compared('round trip p50', 'µs', figures.p50, ['service', 'HAProxy']),
        compared('round trip p99', 'µs', figures.p99, ['service', 'routed']),
        compared('round trip p99', 'µs', figures.p99, ['service', 'HAProxy']),
        compared('1 stream', 'Gbit/s', crowded.gigabits, [many.name, 'routed'], {
          atLeast: least(figures.gigabits),
        }),
        compared('new connections', '/s', crowded.connections, [many.name, 'routed'], {
          atLeast: least(figures.connections),
        }),
      ];
    } finally {
      stage.end();
      await driver.teardown();
      rmSync(root, { recursive: true });
    }
  },
};

/** Nine tenths of what the path without company has: what comes beside it may cost one. To two digits. */
function least(values: ReadonlyMap<string, readonly number[]>): number {
  const routed = values.get('routed') ?? [];
  const ratios = (values.get('service') ?? []).map((one, at) => one / (routed[at] ?? Number.NaN));
  return Math.round(90 * median(ratios)) / 100;
}
