/**
 * 500 VPCs that are all 10.0.0.0/16, each with an instance and an endpoint to one service: built, proven by packets of each,
 * changed, taken apart. The API, the store and containers are not in it; memory is the kernel's (slab, page tables, per-CPU) and
 * this process's.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '../src/driver/netns/driver.ts';
import { silentLog } from '../src/host/log.ts';
import { hostPaths } from '../src/host/paths.ts';
import { tcpListener, tcpSocket } from '../src/host/sockets.ts';
import { check } from '../src/plan/check.ts';
import { compile } from '../src/plan/compile.ts';
import { type Consumer, manyVpcs, SERVICE_PORT } from '../src/plan/testing/many-vpcs.ts';
import { allowTcp } from '../src/plan/testing/world.ts';
import { type Bench, median, type Row } from './bench.ts';

const COUNT = 500;
const CHANGES = 21;
const ANSWER_MS = 2_000;
/** How long a packet that must not arrive is waited for, all of them at once. */
const SILENCE_MS = 1_000;
/** Where clients' instances listen, to be found by whoever is not isolated from them. */
const CLIENT_PORT = 8080;
const CHANGE_GOAL_MS = 200;

export const bench: Bench = {
  title: `${COUNT} VPCs that are all 10.0.0.0/16, each with an endpoint to one service (medians of ${CHANGES} changes)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
    const driver = createDriver({ paths, log: silentLog() });
    const many = manyVpcs(COUNT);
    const apply = async () => {
      const plan = compile(many.world.intent(), many.facts);
      const findings = check(plan);
      if (findings.length > 0) throw new Error(findings.join('\n'));
      await driver.apply(plan);
    };
    const before = memory();
    try {
      const built = await timed(apply);
      progress(`built in ${Math.round(built)} ms`);
      const after = memory();
      const answer = await serve(paths.netnsOf(many.target.machine), SERVICE_PORT, 'service');
      const first = await timed(() => proveReached(paths.netnsOf, many.consumers));
      progress(`each client has its answer after ${Math.round(first)} ms`);
      const tried = await proveIsolated(paths.netnsOf, many.consumers);
      progress(`${tried} packets towards other VPCs: none arrived`);

      const rules: number[] = [];
      for (let turn = 0; turn < CHANGES; turn++) {
        const { group } = consumerAt(many.consumers, turn * 17);
        many.world.rule(group, allowTcp('ingress', 1000 + turn));
        rules.push(await timed(apply));
      }
      const added: number[] = [];
      for (let turn = 0; turn < CHANGES; turn++) {
        const start = performance.now();
        const consumer = many.add();
        await apply();
        await request(paths.netnsOf(consumer.machine), consumer.address, SERVICE_PORT);
        added.push(performance.now() - start);
      }
      progress('changed');
      const again = await timed(async () => {
        driver.forget();
        await apply();
      });
      answer.close();
      const down = await timed(() => driver.teardown());
      const each = (total: number) => `${(total / COUNT).toFixed(1)} ms`;
      return [
        row('built: compile, check, namespaces, links, rules', seconds(built)),
        row('  each VPC with its instance and endpoint', each(built)),
        row('kernel memory, each', `${((after.kernelKib - before.kernelKib) / COUNT).toFixed(0)} KiB`),
        row('process memory, each', `${((after.processKib - before.processKib) / COUNT).toFixed(0)} KiB`),
        row(`${COUNT} clients, one after another, have the service's answer`, each(first)),
        row(`packets to other VPCs that arrived, of ${tried}`, '0'),
        row('one more group rule, in force', `${median(rules).toFixed(1)} ms`, median(rules)),
        row('one more VPC, to its first answer', `${median(added).toFixed(1)} ms`, median(added)),
        row('all of it observed, nothing to do', seconds(again)),
        row('taken apart', seconds(down)),
      ];
    } finally {
      await driver.teardown();
      rmSync(root, { recursive: true });
    }
  },
};

type NetnsOf = (id: string) => string;

async function proveReached(netnsOf: NetnsOf, consumers: readonly Consumer[]): Promise<void> {
  for (const { machine, address } of consumers) {
    const text = await request(netnsOf(machine), address, SERVICE_PORT);
    if (text !== 'service') throw new Error(`${machine} reaches ${text}`);
  }
}

/** Each client towards an address that only its neighbours have, where a program listens. How many were tried. */
async function proveIsolated(netnsOf: NetnsOf, consumers: readonly Consumer[]): Promise<number> {
  const servers = [];
  for (const { machine } of consumers) servers.push(await serve(netnsOf(machine), CLIENT_PORT, machine));
  const probes = consumers.map(({ machine }, at) => {
    const other = consumerAt(consumers, at + 1).client;
    return request(netnsOf(machine), other, CLIENT_PORT, SILENCE_MS).then(
      (text) => {
        throw new Error(`${machine} reaches ${text} at ${other}`);
      },
      () => undefined,
    );
  });
  await Promise.all(probes);
  // They listen: each is found from its own instance.
  for (const { machine, client } of consumers.slice(0, 2)) {
    const text = await request(netnsOf(machine), client, CLIENT_PORT);
    if (text !== machine) throw new Error(`${machine} does not listen`);
  }
  for (const server of servers) server.close();
  return probes.length;
}

function consumerAt(consumers: readonly Consumer[], at: number): Consumer {
  return consumers[at % consumers.length] as Consumer;
}

async function serve(netns: string, port: number, text: string) {
  const server = createServer((socket) => void socket.on('error', () => undefined).end(text));
  server.listen({ fd: tcpListener(netns, { address: '0.0.0.0', port }) });
  await once(server, 'listening');
  return server;
}

function request(netns: string, host: string, port: number, withinMs = ANSWER_MS): Promise<string> {
  const socket = new Socket({ fd: tcpSocket(netns) });
  const timer = setTimeout(() => socket.destroy(new Error(`no answer from ${host}`)), withinMs);
  socket.connect({ host, port });
  return new Promise<string>((resolve, reject) => {
    socket.once('data', (data) => resolve(String(data))).once('error', reject);
  }).finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function memory(): { kernelKib: number; processKib: number } {
  const text = readFileSync('/proc/meminfo', 'utf8');
  const of = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const kernelKib = ['Slab', 'KernelStack', 'PageTables', 'Percpu', 'VmallocUsed'].reduce(
    (sum, name) => sum + of(name),
    0,
  );
  return { kernelKib, processKib: process.memoryUsage().rss / 1024 };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function row(what: string, ours: string, judged: number | null = null): Row {
  return {
    what,
    ours,
    against: '–',
    theirs: '–',
    ratio: null,
    target: judged === null ? '–' : `≤ ${CHANGE_GOAL_MS} ms`,
    met: judged === null ? null : judged <= CHANGE_GOAL_MS,
  };
}
