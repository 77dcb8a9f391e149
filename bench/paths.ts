/**
 * Paths between two namespaces to be measured side by side in interleaved rounds, and a plain path to compare them with: the
 * same number of routers over links with the same settings, without any rule; and proxies in TCP mode on its last router. Loads:
 * iperf3, round trips of 32 bytes, connections that carry one request (wrk). A ratio is the median of the rounds' ratios, so
 * that what else the machine does weighs on both sides.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEGMENT_BYTES } from '../src/driver/netns/names.ts';
import { run } from '../src/host/exec.ts';
import { createNetns, inNetns } from '../src/host/netns.ts';
import { hostPaths } from '../src/host/paths.ts';
import { allowLargeSegments } from '../src/host/segments.ts';
import { median, type Row } from './bench.ts';
import { nginxStreamModule } from './tools.ts';

const SECONDS = '1';
const ROUND_TRIPS = '8000';
const CONNECTIONS = '32';
const PROXY_PORT = 8443;
/** Where servers listen. */
export const PORT = 443;

export interface Path {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Before each measurement of it. */
  readonly prepare?: () => void;
}

export interface Figures {
  /** By path; a value a round. */
  readonly gigabits: ReadonlyMap<string, readonly number[]>;
  readonly p50: ReadonlyMap<string, readonly number[]>;
  readonly p99: ReadonlyMap<string, readonly number[]>;
  /** Empty without wrk. */
  readonly connections: ReadonlyMap<string, readonly number[]>;
}

export class Stage {
  readonly #root: string;
  readonly #children: ChildProcess[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  start(netns: string, command: string, args: readonly string[]): ChildProcess {
    const child = inNetns(netns, () => spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] }));
    this.#children.push(child);
    return child;
  }

  /** Names of proxies that are installed; each then listens on the router at `address` and leads to `server`. */
  async proxies(router: string, address: string, server: string, progress: (line: string) => void): Promise<Path[]> {
    const found: Path[] = [];
    for (const [at, { name, command, config, args }] of PROXIES.entries()) {
      if (spawnSync(command, ['-v']).status !== 0) {
        progress(`${name} is not installed: no comparison`);
        continue;
      }
      const port = PROXY_PORT + at;
      const file = join(this.#root, `${command}.conf`);
      writeFileSync(file, config(`${address}:${port}`, `${server}:${PORT}`, this.#root));
      this.start(router, command, args(file));
      found.push({ name, address, port });
    }
    return found;
  }

  /** One after another, each path in each round. */
  async measure(
    client: string,
    server: string,
    paths: readonly Path[],
    rounds: number,
    progress: (line: string) => void,
  ): Promise<Figures> {
    const figures = { gigabits: new Map(), p50: new Map(), p99: new Map(), connections: new Map() };
    const each = (what: string, work: (path: Path) => Promise<void>) =>
      inRounds(paths, rounds, work, (round) => progress(`${what}, round ${round}`));
    const iperf = await this.#ready(server, 'iperf3', ['-s', '-p', String(PORT), '--forceflush']);
    await each('throughput', async (path) => push(figures.gigabits, path, await throughput(client, path)));
    await stopped(iperf);
    const echo = await this.#ready(server, process.execPath, [PING_PONG, 'serve', String(PORT)]);
    await each('latency', async (path) => {
      const { p50, p99 } = await latency(client, path);
      push(figures.p50, path, p50);
      push(figures.p99, path, p99);
    });
    await stopped(echo);
    return { ...figures, connections: await this.newConnections(client, server, paths, rounds, progress) };
  }

  /** A second, by path; a value a round, and none without wrk. `threads`: clients, each on a processor of its own if there are as many. */
  async newConnections(
    client: string,
    server: string,
    paths: readonly Path[],
    rounds: number,
    progress: (line: string) => void,
    threads = 1,
  ): Promise<Map<string, number[]>> {
    const found = new Map<string, number[]>();
    if (spawnSync('wrk', ['-v']).error !== undefined) {
      progress('wrk is not installed: no new connections');
      return found;
    }
    const stop = await this.serve(server, 'answer');
    await inRounds(
      paths,
      rounds,
      async (path) => push(found, path, await connections(client, path, threads)),
      (round) => progress(`connections${threads === 1 ? '' : ` of ${threads} clients`}, round ${round}`),
    );
    await stop();
    return found;
  }

  end(): void {
    // Not by SIGKILL, which a proxy's workers would not hear of: they would hold our pipe.
    for (const child of this.#children) child.kill();
  }

  /** Echoes ('serve') or answers requests ('answer') at PORT; what it gives ends it. */
  async serve(server: string, how: 'serve' | 'answer'): Promise<() => Promise<void>> {
    const child = await this.#ready(server, process.execPath, [PING_PONG, how, String(PORT)]);
    return () => stopped(child);
  }

  async #ready(netns: string, command: string, args: readonly string[]): Promise<ChildProcess> {
    const child = this.start(netns, command, args);
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    return child;
  }
}

const PING_PONG = join(import.meta.dirname, 'ping-pong.ts');

const PROXIES = [
  {
    name: 'HAProxy',
    command: 'haproxy',
    args: (file: string) => ['-db', '-f', file],
    config: (bind: string, server: string) => `global
  nbthread 2
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen plain
  bind ${bind}
  server one ${server}
`,
  },
  {
    name: 'nginx stream',
    command: 'nginx',
    args: (file: string) => ['-e', `${file}.log`, '-c', file, '-g', 'daemon off;'],
    config: (bind: string, server: string, root: string) => `worker_processes 2;
pid ${root}/nginx.pid;
${loadStream()}events { worker_connections 4096; }
stream { server { listen ${bind}; proxy_pass ${server}; } }
`,
  },
] as const;

function loadStream(): string {
  const module = nginxStreamModule(hostPaths().cache);
  return module === null ? '' : `load_module ${module};\n`;
}

export interface PlainPath {
  /** Of the server. */
  readonly address: string;
  readonly lastRouter: string;
  /** Of the last router, towards the client. */
  readonly proxyAddress: string;
}

/**
 * Client, routers, server in a row, with TEST-NET addresses; the links' MTUs in the same order. Where a link in the middle is the
 * smallest, both ends know.
 */
export async function plainPath(
  netnsOf: (id: string) => string,
  ids: readonly string[],
  mtus: readonly number[],
): Promise<PlainPath> {
  const routers = ids.slice(1, -1);
  for (const id of routers) {
    createNetns(netnsOf(id));
    inNetns(netnsOf(id), () => {
      writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
      writeFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'reno');
    });
    await ip(netnsOf(id), 'link set lo up');
  }
  const address = (link: number, end: 0 | 1) => `192.0.2.${2 * link + end}`;
  for (const [link, mtu] of mtus.entries()) {
    const [near = '', far = ''] = [ids[link], ids[link + 1]];
    const names = [`plain${link}r`, `plain${link}l`] as const;
    const peer = `peer name ${names[1]} mtu ${mtu} netns ${netnsOf(far)}`;
    await ip(netnsOf(near), `link add ${names[0]} mtu ${mtu} type veth ${peer}`);
    for (const [end, id] of [near, far].entries()) {
      const name = names[end as 0 | 1];
      await ip(netnsOf(id), `address add ${address(link, end as 0 | 1)}/31 dev ${name}`, `link set ${name} up`);
      allowLargeSegments(netnsOf(id), [name], SEGMENT_BYTES);
    }
  }
  const last = mtus.length - 1;
  for (const [at, id] of ids.entries()) {
    const isEnd = at === 0 || at === ids.length - 1;
    const mtu = isEnd ? ` mtu ${Math.min(...mtus)}` : '';
    for (let link = 0; link <= last; link++) {
      if (link === at || link === at - 1) continue;
      const via = link < at ? address(at - 1, 0) : address(at, 1);
      await ip(netnsOf(id), `route add ${address(link, 0)}/31 via ${via}${mtu}`);
    }
  }
  return {
    address: address(last, 1),
    lastRouter: netnsOf(routers.at(-1) ?? ''),
    proxyAddress: address(last - 1, 1),
  };
}

async function ip(netns: string, ...commands: string[]): Promise<void> {
  await run('ip', ['-batch', '-'], { netns, input: `${commands.join('\n')}\n` });
}

async function throughput(client: string, { address, port }: Path): Promise<number> {
  const { stdout } = await run('iperf3', ['-J', '-c', address, '-p', String(port), '-t', SECONDS, '-O', '0'], {
    netns: client,
  });
  const report = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return report.end.sum_received.bits_per_second / 1e9;
}

export async function latency(client: string, { address, port }: Path): Promise<{ p50: number; p99: number }> {
  const { stdout } = await run(process.execPath, [PING_PONG, 'ask', address, String(port), ROUND_TRIPS], {
    netns: client,
  });
  return JSON.parse(stdout);
}

export async function connections(client: string, { address, port }: Path, threads = 1): Promise<number> {
  const options = ['-t', String(threads), '-c', CONNECTIONS, '-d', `${SECONDS}s`, '-H', 'Connection: close'];
  const { stdout } = await run('wrk', [...options, `http://${address}:${port}/`], { netns: client });
  return Number(/Requests\/sec:\s*([\d.]+)/.exec(stdout)?.[1]);
}

async function inRounds(
  paths: readonly Path[],
  rounds: number,
  work: (path: Path) => Promise<void>,
  done: (round: number) => void,
): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    // There and back again: what grows or shrinks meanwhile weighs on all alike.
    for (const path of round % 2 === 1 ? paths : paths.toReversed()) {
      path.prepare?.();
      await work(path);
    }
    done(round);
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

function push(all: Map<string, number[]>, { name }: Path, value: number): void {
  all.set(name, [...(all.get(name) ?? []), value]);
}

/** One path of ours against another, in one kind of figure. */
export function compared(
  what: string,
  unit: string,
  values: ReadonlyMap<string, readonly number[]>,
  [ours, against]: readonly [string, string],
  goal: { readonly atLeast?: number; readonly atMost?: number } = {},
): Row {
  const rounds = values.get(ours) ?? [];
  const measured = values.get(against);
  const ratio = measured === undefined ? null : median(rounds.map((one, at) => one / (measured[at] ?? Number.NaN)));
  const { atLeast, atMost } = goal;
  const isOpen = atLeast === undefined && atMost === undefined;
  const digits = unit === '/s' ? 0 : 1;
  return {
    what: `${ours}, ${what}`,
    ours: `${median(rounds).toFixed(digits)} ${unit}`,
    against,
    theirs: measured === undefined ? 'not installed' : `${median(measured).toFixed(digits)} ${unit}`,
    ratio,
    target: atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '–',
    met: ratio === null || isOpen ? null : ratio >= (atLeast ?? 0) && ratio <= (atMost ?? Number.POSITIVE_INFINITY),
  };
}
