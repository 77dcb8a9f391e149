/**
 * What counting costs the path consumer → endpoint → load balancer → target through two routers: with meters, with meters and flow logs in
 * both VPCs, and with neither, in turn on the same path. Neither: rules that count are taken out of the routers' programs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '../src/driver/netns/driver.ts';
import {
  attachFastPath,
  detachFastPath,
  forgetLeases,
  LOGGED_WHOLLY,
  takeCarriedFlows,
} from '../src/driver/netns/fast-path.ts';
import { TABLE } from '../src/driver/netns/nft.ts';
import { render } from '../src/driver/netns/render.ts';
import { silentLog } from '../src/host/log.ts';
import { runNft } from '../src/host/nftables.ts';
import { hostPaths } from '../src/host/paths.ts';
import { compile } from '../src/plan/compile.ts';
import type { FlowLog, Plan } from '../src/plan/plan.ts';
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
import { compared, type Path, PORT, Stage } from './paths.ts';

const ROUNDS = 7;
const COUNTING = ['metering', 'metering_first', 'flow_entry'];
/** Without meters, what the fast path is told of first packets all the same. */
const UNMETERED = 'ct state new meta mark set 0x80000000';

export const bench: Bench = {
  title: `counting: meters and flow logs on the path through an endpoint (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
    const driver = createDriver({ paths, log: silentLog() });
    const stage = new Stage(root);
    try {
      const world = new World();
      const network = (name: string) => {
        const vpc = world.vpc('10.0.0.0/16');
        const zone = world.subnet(vpc, '10.0.0.0/18');
        const open = world.group(vpc, name, allowAll('ingress'), allowAll('egress'));
        return { vpc, zone, open, machine: world.instance(zone, [open]).instance };
      };
      const provider = network('provider');
      const { balancer } = addBalancer(world, provider.vpc, 'one', [provider.zone]);
      const group = addTargetGroup(world, provider.vpc, 'one', { port: PORT });
      addListener(world, balancer, group, PORT);
      const target = addTarget(world, group, provider.machine);
      const service = addService(world, [balancer]);
      const consumer = network('consumer');
      const { interfaces } = addServiceEndpoint(world, consumer.vpc, service, [consumer.zone], [consumer.open]);
      const address = interfaces[0]?.addresses[0] ?? '';
      const domains = [consumer.vpc.id, provider.vpc.id];
      const metered = compile(world.intent(), healthOf([target]));
      const logged = { ...metered, flowLogs: domains.map(flowLog) };
      await driver.apply(logged);

      const way = (name: string, plan: Plan | null): Path => ({
        ...{ name, address, port: PORT },
        prepare: () => {
          const state = plan === null ? null : render(plan);
          for (const id of domains)
            count(paths.netnsOf(id), state?.namespaces.get(id)?.program?.ip.chains, plan === logged);
          forgetLeases();
        },
      });
      const all = [way('meters and flow logs', logged), way('meters', metered), way('neither', null)];
      const [client, server] = [paths.netnsOf(consumer.machine.id), paths.netnsOf(provider.machine.id)];
      const figures = await stage.measure(client, server, all, ROUNDS, progress);
      const goals = { 'meters and flow logs': 0.95, meters: 0.97 } as const;
      return Object.entries(goals).flatMap(([name, atLeast]) => [
        compared('1 stream', 'Gbit/s', figures.gigabits, [name, 'neither'], { atLeast }),
        compared('new connections', '/s', figures.connections, [name, 'neither'], { atLeast }),
        compared('round trip p50', 'µs', figures.p50, [name, 'neither'], { atMost: 2 - atLeast }),
      ]);
    } finally {
      stage.end();
      await driver.teardown();
      rmSync(root, { recursive: true });
    }
  },
};

type Chains = Readonly<Record<string, { readonly rules: readonly string[] }>>;

/** `chains`: of the program that counts what is to be counted. */
function count(path: string, chains: Chains | undefined, isLogged: boolean): void {
  const lines = COUNTING.flatMap((name) => {
    const rules = chains?.[name]?.rules ?? (chains === undefined && name === 'metering' ? [UNMETERED] : []);
    const at = `ip ${TABLE} ${name}`;
    return [`flush chain ${at}`, ...rules.map((rule) => `add rule ${at} ${rule}`)];
  });
  runNft(path, lines.join('\n'));
  // A set that is full costs less than one that takes flows in.
  Array.from(takeCarriedFlows(() => true));
  for (const set of ['flow_enter_tcp', 'flow_leave_tcp']) runNft(path, `flush set ip ${TABLE} ${set}`);
  if (isLogged) attachFastPath(path, [LOGGED_WHOLLY]);
  else detachFastPath(path, [LOGGED_WHOLLY]);
}

function flowLog(domain: string): FlowLog {
  return {
    ...{ id: `fl-${domain}`, origin: [], domain, account: '', region: '', covers: domain, traffic: 'ALL', fields: [] },
    ...{ intervalSeconds: 60, hivePrefixes: false, hourly: false, destination: { kind: 'logGroup', name: 'flows' } },
  };
}
