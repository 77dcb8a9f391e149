/**
 * The path through an interface endpoint against the plain routed path between the same two namespaces, and against HAProxy
 * in TCP mode on that plain path, in interleaved rounds of one run. All three pass one router on the way to the services
 * domain over links with the same settings; only the endpoint's filters, tracks and translates. A ratio is the median of the
 * rounds' ratios, so that what else the machine does weighs on both sides. Loads: iperf3, and round trips of 32 bytes.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '../src/driver/netns/driver.ts';
import { MTU, SEGMENT_BYTES } from '../src/driver/netns/names.ts';
import { run } from '../src/host/exec.ts';
import { silentLog } from '../src/host/log.ts';
import { createNetns, inNetns } from '../src/host/netns.ts';
import { runNft } from '../src/host/nftables.ts';
import { hostPaths } from '../src/host/paths.ts';
import { allowLargeSegments } from '../src/host/segments.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import { compile } from '../src/plan/compile.ts';
import { allowAll, allowTcp, World } from '../src/plan/testing/world.ts';
import { type Bench, median, type Row } from './bench.ts';

const ROUNDS = 9;
const SECONDS = '1';
const ROUND_TRIPS = '8000';
const PORT = 443;
const PROXY_PORT = 8443;
/** TEST-NET addresses of the plain path: the router's two links. */
const PLAIN = { client: '192.0.2.0', router: '192.0.2.1', routerFar: '192.0.2.2', server: '192.0.2.3' };

interface Path {
  readonly name: 'endpoint' | 'routed' | 'HAProxy';
  readonly address: string;
  readonly port: number;
}

export const bench: Bench = {
  title: `data path: client → services through one router (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
    const driver = createDriver({ paths, log: silentLog() });
    const children: ChildProcess[] = [];
    const start = (netns: string, command: string, args: readonly string[]) => {
      const child = inNetns(netns, () => spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] }));
      children.push(child);
      return child;
    };
    try {
      const world = new World();
      const vpc = world.vpc('10.0.0.0/16');
      const subnet = world.subnet(vpc, '10.0.0.0/24');
      const group = world.group(vpc, 'all', allowAll('egress'), allowTcp('ingress', PORT));
      const { instance } = world.instance(subnet, [group]);
      const eni = world.endpoint(vpc, 'sqs', [subnet], [group], false).interfaces[0]?.addresses[0] ?? '';
      await driver.apply(compile(world.intent(), NO_FACTS));

      const client = paths.netnsOf(instance.id);
      const server = paths.netnsOf('services');
      const plain = paths.netnsOf('plain');
      await plainPath(client, plain, server, (id) => paths.netnsOf(id), instance.id);
      const all: Path[] = [
        { name: 'endpoint', address: eni, port: PORT },
        { name: 'routed', address: PLAIN.server, port: PORT },
      ];
      if (spawnSync('haproxy', ['-v']).status === 0) {
        const config = join(root, 'haproxy.cfg');
        writeFileSync(config, HAPROXY);
        start(plain, 'haproxy', ['-db', '-f', config]);
        all.push({ name: 'HAProxy', address: PLAIN.router, port: PROXY_PORT });
      } else progress('haproxy is not installed: no comparison');

      const gigabits = new Map<string, number[]>();
      const iperf = start(server, 'iperf3', ['-s', '-p', String(PORT), '--forceflush']);
      await once(iperf.stdout as NonNullable<typeof iperf.stdout>, 'data');
      for (let round = 0; round < ROUNDS; round++) {
        for (const path of all) push(gigabits, path.name, await throughput(client, path));
        progress(`throughput, round ${round + 1}`);
      }
      iperf.kill();
      await once(iperf, 'exit');

      const p50 = new Map<string, number[]>();
      const p99 = new Map<string, number[]>();
      const echo = start(server, process.execPath, [join(import.meta.dirname, 'ping-pong.ts'), 'serve', String(PORT)]);
      await once(echo.stdout as NonNullable<typeof echo.stdout>, 'data');
      for (let round = 0; round < ROUNDS; round++) {
        for (const path of all) {
          const trips = await latency(client, path);
          push(p50, path.name, trips.p50);
          push(p99, path.name, trips.p99);
        }
        progress(`latency, round ${round + 1}`);
      }
      return [
        ratio('1 stream', 'Gbit/s', gigabits, 'routed', { atLeast: 0.9 }),
        ratio('1 stream', 'Gbit/s', gigabits, 'HAProxy', { atLeast: 2 }),
        ratio('round trip p50', 'µs', p50, 'routed', { atMost: 1.5 }),
        ratio('round trip p50', 'µs', p50, 'HAProxy', {}),
        ratio('round trip p99', 'µs', p99, 'routed', {}),
        ratio('round trip p99', 'µs', p99, 'HAProxy', {}),
      ];
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await driver.teardown();
      rmSync(root, { recursive: true });
    }
  },
};

const HAPROXY = `global
  nbthread 2
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen plain
  bind ${PLAIN.router}:${PROXY_PORT}
  server one ${PLAIN.server}:${PORT}
`;

/** A router of its own between the two namespaces, without any rule; the services' program lets its link through. */
async function plainPath(
  client: string,
  plain: string,
  server: string,
  netnsOf: (id: string) => string,
  clientId: string,
): Promise<void> {
  createNetns(plain);
  inNetns(plain, () => writeFileSync('/proc/sys/net/ipv4/ip_forward', '1'));
  inNetns(plain, () => writeFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'reno'));
  const ip = (netns: string, ...commands: string[]) =>
    run('ip', ['-batch', '-'], { netns, input: `${commands.join('\n')}\n` });
  await ip(
    plain,
    'link set lo up',
    `link add near mtu ${MTU} type veth peer name plain0 mtu ${MTU} netns ${netnsOf(clientId)}`,
    `link add far mtu ${MTU} type veth peer name plain0 mtu ${MTU} netns ${netnsOf('services')}`,
    `address add ${PLAIN.router}/31 dev near`,
    `address add ${PLAIN.routerFar}/31 dev far`,
    'link set near up',
    'link set far up',
  );
  allowLargeSegments(plain, ['near', 'far'], SEGMENT_BYTES);
  for (const far of [client, server]) allowLargeSegments(far, ['plain0'], SEGMENT_BYTES);
  await ip(
    client,
    `address add ${PLAIN.client}/31 dev plain0`,
    'link set plain0 up',
    `route add ${PLAIN.server}/32 via ${PLAIN.router}`,
  );
  await ip(
    server,
    `address add ${PLAIN.server}/31 dev plain0`,
    'link set plain0 up',
    `route add ${PLAIN.client}/32 via ${PLAIN.routerFar}`,
  );
  runNft(
    server,
    [
      'insert rule ip culvert cross iifname "plain0" accept',
      'insert rule ip culvert answer oifname "plain0" accept',
      'insert rule arp culvert input iifname "plain0" accept',
    ].join('\n'),
  );
}

async function throughput(client: string, { address, port }: Path): Promise<number> {
  const { stdout } = await run('iperf3', ['-J', '-c', address, '-p', String(port), '-t', SECONDS, '-O', '0'], {
    netns: client,
  });
  const report = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return report.end.sum_received.bits_per_second / 1e9;
}

async function latency(client: string, { address, port }: Path): Promise<{ p50: number; p99: number }> {
  const program = join(import.meta.dirname, 'ping-pong.ts');
  const { stdout } = await run(process.execPath, [program, 'ask', address, String(port), ROUND_TRIPS], {
    netns: client,
  });
  return JSON.parse(stdout);
}

function push(all: Map<string, number[]>, name: string, value: number): void {
  all.set(name, [...(all.get(name) ?? []), value]);
}

function ratio(
  what: string,
  unit: string,
  values: ReadonlyMap<string, readonly number[]>,
  against: Path['name'],
  goal: { readonly atLeast?: number; readonly atMost?: number },
): Row {
  const rounds = values.get('endpoint') ?? [];
  const ours = median(rounds);
  const measured = values.get(against);
  const theirs = measured === undefined ? null : median(measured);
  const value = measured === undefined ? null : median(rounds.map((one, at) => one / (measured[at] ?? Number.NaN)));
  const { atLeast, atMost } = goal;
  return {
    what: `endpoint, ${what}`,
    ours: `${ours.toFixed(1)} ${unit}`,
    against,
    theirs: theirs === null ? 'not installed' : `${theirs.toFixed(1)} ${unit}`,
    ratio: value,
    target: atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '–',
    met:
      value === null || (atLeast === undefined && atMost === undefined)
        ? null
        : value >= (atLeast ?? 0) && value <= (atMost ?? Number.POSITIVE_INFINITY),
  };
}
