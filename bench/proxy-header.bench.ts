/**
 * Consumer → endpoint → load balancer → target with Proxy Protocol: written by the kernel, by the user-space engine, and not at all, side
 * by side on one load balancer with a listener each. The target is nginx, which reads the header.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDriver } from '../src/driver/netns/driver.ts';
import { createBalancing } from '../src/edge/balance/balancing.ts';
import { run } from '../src/host/exec.ts';
import { silentLog } from '../src/host/log.ts';
import { hostPaths, rootsOf } from '../src/host/paths.ts';
import type { Target } from '../src/model/resources.ts';
import { compile } from '../src/plan/compile.ts';
import type { Plan } from '../src/plan/plan.ts';
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
import type { Bench } from './bench.ts';
import { compared, connections, type Path, Stage } from './paths.ts';

const ROUNDS = 7;
const PLAIN = 80;
const KERNEL = 81;
const USER = 82;
const START_MS = 10_000;
const BIG_BYTES = 256 * 1024 * 1024;

export const bench: Bench = {
  title: `Proxy Protocol: by the kernel, by the engine, none (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    if (spawnSync('nginx', ['-v']).error !== undefined || spawnSync('wrk', ['-v']).error !== undefined) {
      progress('nginx or wrk is not installed');
      return [];
    }
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
    // The engine's thread finds its folders there.
    Object.assign(process.env, rootsOf(paths));
    const driver = createDriver({ paths, log: silentLog() });
    const balancing = createBalancing(silentLog());
    const stage = new Stage(root);
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
      const { balancer } = addBalancer(world, provider, 'one', [zone]);
      const targets: Target[] = [PLAIN, KERNEL, USER].map((port) => {
        const attributes: Record<string, string> = port === PLAIN ? {} : { 'proxy_protocol_v2.enabled': 'true' };
        const group = addTargetGroup(world, provider, `to${port}`, { port, attributes });
        addListener(world, balancer, group, port);
        return addTarget(world, group, server);
      });
      const { interfaces } = addServiceEndpoint(world, consumer, addService(world, [balancer]), [subnet], [all]);
      const address = interfaces[0]?.addresses[0] ?? '';
      const plan = byUser(compile(world.intent(), { ...healthOf(targets), kernelHeaders: true }), USER);
      await driver.apply(plan);
      await balancing.apply(plan);

      writeFileSync(join(root, 'big'), '');
      truncateSync(join(root, 'big'), BIG_BYTES);
      writeFileSync(join(root, 'nginx.conf'), nginx(root));
      stage.start(paths.netnsOf(server.id), 'nginx', ['-e', join(root, 'error.log'), '-c', join(root, 'nginx.conf')]);
      const ways: Path[] = [
        { name: 'header by the kernel', address, port: KERNEL },
        { name: 'header by the engine', address, port: USER },
        { name: 'no header', address, port: PLAIN },
      ];
      const from = paths.netnsOf(client.id);
      for (const end = Date.now() + START_MS; !existsSync(join(root, 'nginx.pid')); ) {
        if (Date.now() > end) throw new Error('nginx does not start');
        await delay(20);
      }
      const gigabits = new Map<string, number[]>();
      const made = new Map<string, number[]>();
      for (let round = 0; round < ROUNDS; round++) {
        for (const way of ways) {
          gigabits.set(way.name, [...(gigabits.get(way.name) ?? []), await download(from, way)]);
          made.set(way.name, [...(made.get(way.name) ?? []), await connections(from, way)]);
        }
        progress(`round ${round + 1}`);
      }
      const [kernel = '', user = '', none = ''] = ways.map(({ name }) => name);
      return [
        compared('1 download', 'Gbit/s', gigabits, [kernel, none]),
        compared('1 download', 'Gbit/s', gigabits, [user, none]),
        compared('1 download', 'Gbit/s', gigabits, [kernel, user], { atLeast: 1 }),
        compared('new connections', '/s', made, [kernel, none]),
        compared('new connections', '/s', made, [user, none]),
        compared('new connections', '/s', made, [kernel, user], { atLeast: 1 }),
      ];
    } finally {
      stage.end();
      await balancing.stop();
      await driver.teardown();
      rmSync(root, { recursive: true });
    }
  },
};

/** The listener at that port served as where the kernel cannot. */
function byUser(plan: Plan, port: number): Plan {
  const balancers = plan.balancers.map((balancer) => ({
    ...balancer,
    nodes: balancer.nodes.map((node) => ({
      ...node,
      listeners: node.listeners.map((each) => (each.port === port ? { ...each, engine: 'user' as const } : each)),
    })),
  }));
  return { ...plan, balancers };
}

async function download(client: string, { address, port }: Path): Promise<number> {
  const { stdout } = await run('wrk', ['-t', '1', '-c', '1', '-d', '1s', `http://${address}:${port}/big`], {
    netns: client,
  });
  const [, amount, unit] = /Transfer\/sec:\s*([\d.]+)([KMG])B/.exec(stdout) ?? [];
  const bytes = Number(amount) * 1024 ** ('KMG'.indexOf(unit ?? '') + 1);
  return (bytes * 8) / 1e9;
}

function nginx(root: string): string {
  return `daemon off;
worker_processes 1;
user root;
pid ${root}/nginx.pid;
events { worker_connections 4096; }
http {
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${root};`).join(' ')}
  access_log off;
  sendfile on;
  server {
    listen ${PLAIN};
    listen ${KERNEL} proxy_protocol;
    listen ${USER} proxy_protocol;
    root ${root};
    location = / { return 200 "hello\\n"; }
  }
}
`;
}
