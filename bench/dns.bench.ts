/**
 * Our DNS server against unbound and dnsmasq, where those are installed: the same 1,000 names, each server in a namespace of
 * its own with a client's namespace on the other end of a veth pair, all there at the same time, measured in turn. The load
 * is dnsperf's (bench/dns-load.ts where it is not installed). Every answer is an address: other response codes end the run.
 * Not the same work in all: ours also chooses the zone, rotates and counts packets; theirs also keep statistics.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../src/host/exec.ts';
import { createNetns, inNetns, removePins } from '../src/host/netns.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import { compile } from '../src/plan/compile.ts';
import type { Plan } from '../src/plan/plan.ts';
import { World } from '../src/plan/testing/world.ts';
import { type Bench, median, quantile, type Row } from './bench.ts';

const NAMES = 1000;
const ROUNDS = 7;
const SECONDS = '1';
const CLIENTS = '4';
const WINDOW = '200';
/** Questions a second for the latency rows: what two busy instances may ask. */
const MODEST_RATE = '2000';
const RESOLVER = '10.0.0.2';
const CLIENT = '10.0.15.250';
const READY_MS = 10_000;

type Load = 'plain' | 'EDNS' | 'modest';
interface Server {
  readonly name: string;
  readonly client: string;
}
interface Measured {
  readonly perSecond: number;
  /** µs */
  readonly p50: number;
  readonly p99: number;
}

export const bench: Bench = {
  title: `DNS: ${NAMES} names over veth, ${WINDOW} questions under way (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const pins = join(root, 'netns');
    const children: ChildProcess[] = [];
    try {
      const plan = planOfNames();
      const records = addressRecords(plan);
      const namesFile = join(root, 'names');
      writeFileSync(namesFile, records.map(({ name }) => `${name} A\n`).join(''));
      const servers: Server[] = [];
      for (const [name, command] of Object.entries(commands(root, plan, records))) {
        if (command === null) {
          progress(`${name} is not installed: no comparison`);
          continue;
        }
        const [server, client] = [join(pins, `${name}-server`), join(pins, `${name}-client`)];
        await link(server, client);
        const [program = '', ...args] = command(server);
        const child = inNetns(server, () => spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
        children.push(child);
        await listening(child, name, client, namesFile);
        servers.push({ name, client });
      }
      const found = new Map<string, Measured[]>();
      for (let round = 0; round < ROUNDS; round++) {
        for (const load of ['plain', 'EDNS', 'modest'] as const) {
          for (const { name, client } of servers) {
            const key = `${name} ${load}`;
            found.set(key, [...(found.get(key) ?? []), await measure(client, namesFile, load)]);
          }
        }
        progress(
          `round ${round + 1}: ${servers.map(({ name }) => `${name} ${rate(found, `${name} plain`)}`).join(', ')}`,
        );
      }
      return rowsOf(found);
    } finally {
      for (const child of children) child.kill('SIGKILL');
      removePins(pins);
      rmSync(root, { recursive: true });
    }
  },
};

/** A VPC in which a thousand interfaces have their private names. */
function planOfNames(): Plan {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.0.0/20');
  for (let at = 0; at < NAMES; at++) world.interface(subnet, []);
  return compile(world.intent(), NO_FACTS);
}

interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

function addressRecords(plan: Plan): NamedAddress[] {
  const zone = plan.views[0]?.zones.find(({ name }) => name.endsWith('.compute.internal'));
  return (zone?.records ?? []).map(({ name, values: [address = ''] }) => ({ name, address }));
}

/** How each server is started, given its namespace; null: not installed. All serve in the foreground, on RESOLVER. */
function commands(
  root: string,
  plan: Plan,
  records: readonly NamedAddress[],
): Record<string, ((namespace: string) => readonly string[]) | null> {
  const file = (name: string, text: string): string => {
    writeFileSync(join(root, name), text);
    return join(root, name);
  };
  const planFile = file('plan.json', JSON.stringify(plan));
  const zone = records[0]?.name.slice((records[0]?.name.indexOf('.') ?? 0) + 1) ?? '';
  const local = records.map(({ name, address }) => `  local-data: "${name}. 60 IN A ${address}"\n`).join('');
  const unbound = file('unbound.conf', `${UNBOUND}  local-zone: "${zone}." static\n${local}`);
  const hosts = file('hosts', records.map(({ name, address }) => `${address} ${name}\n`).join(''));
  const dnsmasq = file('dnsmasq.conf', `${DNSMASQ}local=/${zone}/\naddn-hosts=${hosts}\n`);
  const program = join(import.meta.dirname, 'dns-server.ts');
  return {
    culvert: (namespace) => [process.execPath, '--max-semi-space-size=2', program, planFile, namespace],
    unbound: isInstalled('unbound', '-V') ? () => ['unbound', '-d', '-p', '-c', unbound] : null,
    dnsmasq: isInstalled('dnsmasq', '--version')
      ? () => ['dnsmasq', '--keep-in-foreground', `--conf-file=${dnsmasq}`]
      : null,
  };
}

/** One thread, its default; on two cores beside the generator a second one made it slower. */
const UNBOUND = `server:
  interface: ${RESOLVER}
  access-control: 0.0.0.0/0 allow
  do-daemonize: no
  username: ""
  chroot: ""
  use-syslog: no
  verbosity: 0
  num-threads: 1
  module-config: "iterator"
`;

const DNSMASQ = `listen-address=${RESOLVER}
bind-interfaces
no-resolv
no-hosts
user=root
group=root
pid-file=
local-ttl=60
`;

function isInstalled(program: string, question: string): boolean {
  return spawnSync(program, [question], { stdio: 'ignore' }).error === undefined;
}

const HAS_DNSPERF = isInstalled('dnsperf', '-h');

async function link(server: string, client: string): Promise<void> {
  createNetns(server);
  createNetns(client);
  const ip = (netns: string, lines: readonly string[]) =>
    run('ip', ['-batch', '-'], { netns, input: lines.join('\n') });
  await ip(server, [
    'link set lo up',
    `link add one type veth peer name two netns ${client}`,
    `address add ${RESOLVER}/20 dev one`,
    'link set one up',
  ]);
  await ip(client, ['link set lo up', `address add ${CLIENT}/20 dev two`, 'link set two up']);
}

/** Asks until it is answered. */
async function listening(child: ChildProcess, name: string, client: string, namesFile: string): Promise<void> {
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`${name} ended with ${status}`);
  });
  ended.catch(() => undefined);
  const program = join(import.meta.dirname, 'dns-load.ts');
  const until = performance.now() + READY_MS;
  for (;;) {
    const asked = run(process.execPath, [program, RESOLVER, namesFile, '0.1', '1'], { netns: client }).then(
      ({ stdout }) => (JSON.parse(stdout) as Measured).perSecond > 0,
      () => false,
    );
    if (await Promise.race([asked, ended])) return;
    if (performance.now() > until) throw new Error(`${name} does not answer`);
  }
}

async function measure(client: string, namesFile: string, load: Load): Promise<Measured> {
  if (!HAS_DNSPERF) {
    const program = join(import.meta.dirname, 'dns-load.ts');
    const args = [
      program,
      RESOLVER,
      namesFile,
      SECONDS,
      load === 'modest' ? '1' : WINDOW,
      load === 'EDNS' ? 'edns' : '',
    ];
    return JSON.parse((await run(process.execPath, args, { netns: client })).stdout) as Measured;
  }
  const modest = load === 'modest' ? ['-v', '-c', '1', '-Q', MODEST_RATE] : ['-c', CLIENTS, '-q', WINDOW];
  const args = ['-s', RESOLVER, '-d', namesFile, '-l', SECONDS, ...modest, ...(load === 'EDNS' ? ['-e'] : [])];
  const { stdout } = await run('dnsperf', args, { netns: client });
  const codes = /Response codes:\s+(.*)/.exec(stdout)?.[1] ?? '';
  if (!/^NOERROR \d+ \(100\.00%\)$/.test(codes)) throw new Error(`not only addresses were answered: ${codes}`);
  const times = [...stdout.matchAll(/^> NOERROR .* (\d+\.\d+)$/gm)].map(([, seconds]) => 1e6 * Number(seconds));
  return {
    perSecond: Number(/Queries per second:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

function rate(found: ReadonlyMap<string, readonly Measured[]>, key: string): string {
  return `${(of(found, key, 'perSecond') / 1000).toFixed(0)}k/s`;
}

function of(found: ReadonlyMap<string, readonly Measured[]>, key: string, what: keyof Measured): number {
  return median((found.get(key) ?? []).map((each) => each[what]));
}

function rowsOf(found: ReadonlyMap<string, readonly Measured[]>): Row[] {
  const rows: Row[] = [];
  for (const against of ['unbound', 'dnsmasq']) {
    const atLeast = against === 'unbound' ? 1 : null;
    for (const load of ['plain', 'EDNS'] as const) {
      const [ours, theirs] = [of(found, `culvert ${load}`, 'perSecond'), of(found, `${against} ${load}`, 'perSecond')];
      const what = load === 'EDNS' ? 'answers a second, EDNS' : 'answers a second';
      rows.push(row(what, against, ours, theirs, (value) => `${(value / 1000).toFixed(0)}k/s`, atLeast));
    }
    for (const share of ['p50', 'p99'] as const) {
      const [ours, theirs] = [of(found, 'culvert modest', share), of(found, `${against} modest`, share)];
      const what = HAS_DNSPERF ? `${share} at ${MODEST_RATE}/s` : `${share}, one question at a time`;
      rows.push(row(what, against, ours, theirs, (value) => `${value.toFixed(0)} µs`, null));
    }
  }
  return rows;
}

function row(
  what: string,
  against: string,
  ours: number,
  theirs: number,
  text: (value: number) => string,
  atLeast: number | null,
): Row {
  const isThere = !Number.isNaN(theirs);
  return {
    what,
    ours: text(ours),
    against,
    theirs: isThere ? text(theirs) : 'not installed',
    ratio: isThere ? ours / theirs : null,
    target: atLeast === null ? '–' : `≥ ${atLeast}`,
    met: atLeast === null || !isThere ? null : ours >= atLeast * theirs,
  };
}
