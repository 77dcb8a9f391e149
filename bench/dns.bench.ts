/**
 * Our DNS server against unbound and dnsmasq, where those are installed: the same 1,000 names, each server in a namespace of
 * its own with a client's namespace on the other end of a veth pair, all there at the same time, measured in turn. The load
 * is dnsperf's (bench/dns-load.ts where it is not installed). Every answer is an address: other response codes end the run.
 * Ratios are the medians of the rounds' own, so that what else the machine does weighs on both sides alike; the processor
 * time of an answer (the server's process, the kernel's work on its behalf included) hardly depends on it at all. And ours with
 * 10,000 private zones against ours with one.
 * Not the same work in all: ours also rotates and counts packets; theirs also keep statistics.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../src/host/exec.ts';
import { createNetns, inNetns, removePins } from '../src/host/netns.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import type { HostedZone } from '../src/model/resources.ts';
import { compile } from '../src/plan/compile.ts';
import type { Plan } from '../src/plan/plan.ts';
import { World } from '../src/plan/testing/world.ts';
import { privateZone, record } from '../src/plan/testing/zones.ts';
import { type Bench, median, quantile, type Row } from './bench.ts';

const NAMES = 1000;
const ROUNDS = 9;
const MANY_ZONES = 10_000;
/** How far many zones may be from one. */
const TOLERANCE = 0.1;
const SECONDS = '1';
const CLIENTS = '4';
/** What fits a socket's buffer of the default size: a burst of more is lost at servers that are slow to read. */
const WINDOW = '100';
/** Lost ones are few, and dnsperf spins while it waits for them. */
const LOST_AFTER_SECONDS = '1';
/** Questions a second for the latency rows: what two busy instances may ask. */
const MODEST_RATE = '2000';
const RESOLVER = '10.0.0.2';
const CLIENT = '10.0.15.250';
const READY_MS = 10_000;

type Load = 'plain' | 'EDNS' | 'modest';
interface Server {
  readonly name: string;
  readonly namesFile: string;
  readonly pid: number;
  readonly client: string;
}
interface Measured {
  readonly perSecond: number;
  /** µs */
  readonly p50: number;
  readonly p99: number;
}

interface Round extends Measured {
  /** Processor time of an answer, µs. */
  readonly cost: number;
}
type Rounds = ReadonlyMap<string, readonly Round[]>;

export const bench: Bench = {
  title: `DNS: ${NAMES} names over veth, ${WINDOW} questions under way (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const pins = join(root, 'netns');
    const children: ChildProcess[] = [];
    try {
      const plan = planOfNames();
      const records = addressRecords(plan);
      const servers: Server[] = [];
      const wanted = { ...commands(root, plan, records), ...zoneCommands(root) };
      for (const [name, { names, command }] of Object.entries(wanted)) {
        if (command === null) {
          progress(`${name} is not installed: no comparison`);
          continue;
        }
        const namesFile = join(root, `names of ${name}`);
        writeFileSync(namesFile, names.map((each) => `${each} A\n`).join(''));
        const [server, client] = [join(pins, `${name}-server`), join(pins, `${name}-client`)];
        await link(server, client);
        const [program = '', ...args] = command(server);
        const child = inNetns(server, () => spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
        children.push(child);
        await listening(child, name, client, namesFile);
        servers.push({ name, namesFile, client, pid: child.pid ?? 0 });
      }
      const found = new Map<string, Round[]>();
      for (let round = 0; round < ROUNDS; round++) {
        for (const load of ['plain', 'EDNS', 'modest'] as const) {
          for (const { name, namesFile, client, pid } of servers) {
            if (load !== 'plain' && name.startsWith('zones')) continue;
            const key = `${name} ${load}`;
            const before = processorMicroseconds(pid);
            const measured = await measure(client, namesFile, load);
            const cost = (processorMicroseconds(pid) - before) / (measured.perSecond * Number(SECONDS));
            found.set(key, [...(found.get(key) ?? []), { ...measured, cost }]);
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

interface Wanted {
  readonly names: readonly string[];
  readonly command: ((namespace: string) => readonly string[]) | null;
}

/** How each server is started, given its namespace; null: not installed. All serve in the foreground, on RESOLVER. */
function commands(root: string, plan: Plan, records: readonly NamedAddress[]): Record<string, Wanted> {
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
  const all: Record<string, Wanted['command']> = {
    culvert: ours(planFile),
    unbound: isInstalled('unbound', '-V') ? () => ['unbound', '-d', '-p', '-c', unbound] : null,
    dnsmasq: isInstalled('dnsmasq', '--version')
      ? () => ['dnsmasq', '--keep-in-foreground', `--conf-file=${dnsmasq}`]
      : null,
  };
  const names = records.map(({ name }) => name);
  return Object.fromEntries(Object.entries(all).map(([name, command]) => [name, { names, command }]));
}

function ours(planFile: string): (namespace: string) => readonly string[] {
  const program = join(import.meta.dirname, 'dns-server.ts');
  return (namespace) => [process.execPath, '--max-semi-space-size=2', program, planFile, namespace];
}

/** Ours again, with a thousand names in one private zone, and with as many in a thousand of ten thousand zones. */
function zoneCommands(root: string): Record<string, Wanted> {
  return Object.fromEntries(
    [1, MANY_ZONES].map((count) => {
      const { plan, names } = planOfZones(count);
      const file = join(root, `zones-${count}.json`);
      writeFileSync(file, JSON.stringify(plan));
      return [zonesKey(count), { names, command: ours(file) }];
    }),
  );
}

const zonesKey = (count: number) => `zones-${count}`;

function planOfZones(count: number): { readonly plan: Plan; readonly names: readonly string[] } {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const zones = Array.from({ length: count }, (_, at) => privateZone(world, vpc, `z${at}.internal`));
  const names = Array.from({ length: NAMES }, (_, at) => {
    const zone = zones[Math.floor((at * count) / NAMES)] as HostedZone;
    record(world, zone, `n${at}.${zone.name}`, { values: ['10.0.0.9'] });
    return `n${at}.${zone.name}`;
  });
  return { plan: compile(world.intent(), NO_FACTS), names };
}

/** One thread, its default; on two cores beside the generator a second one made it slower. */
const UNBOUND = `server:
  interface: ${RESOLVER}
  access-control: 0.0.0.0/0 allow
  directory: "/"
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
  const args = [
    '-s',
    RESOLVER,
    '-d',
    namesFile,
    '-l',
    SECONDS,
    '-t',
    LOST_AFTER_SECONDS,
    ...modest,
    ...(load === 'EDNS' ? ['-e'] : []),
  ];
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

/** User and system time of a process so far: proc_pid_stat(5), fields 14 and 15, in ticks of 10 ms. */
function processorMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10_000 * (Number(fields[11]) + Number(fields[12]));
}

function rate(found: Rounds, key: string): string {
  return thousands(median(valuesOf(found, key, 'perSecond')));
}

function thousands(perSecond: number): string {
  return `${(perSecond / 1000).toFixed(0)}k/s`;
}

function microseconds(value: number): string {
  return `${value.toFixed(value < 20 ? 1 : 0)} µs`;
}

function valuesOf(found: Rounds, key: string, what: keyof Round): number[] {
  return (found.get(key) ?? []).map((each) => each[what]);
}

function rowsOf(found: Rounds): Row[] {
  const modest = HAS_DNSPERF ? `at ${MODEST_RATE}/s` : 'of one question at a time';
  const compared = ['unbound', 'dnsmasq'].flatMap((against) => {
    const goal = against === 'unbound';
    return [
      row(found, against, 'plain', 'perSecond', 'answers a second', thousands, goal),
      row(found, against, 'EDNS', 'perSecond', 'answers a second, EDNS', thousands, goal),
      row(found, against, 'plain', 'cost', 'processor time of an answer', microseconds),
      row(found, against, 'modest', 'p50', `latency p50 ${modest}`, microseconds),
      row(found, against, 'modest', 'p99', `latency p99 ${modest}`, microseconds),
    ];
  });
  return [...compared, zonesRow(found)];
}

/** Not faster or slower for what else there is. */
function zonesRow(found: Rounds): Row {
  const [many, one] = [MANY_ZONES, 1].map((count) => valuesOf(found, `${zonesKey(count)} plain`, 'perSecond'));
  const ratio = median((many ?? []).map((value, at) => value / (one?.[at] ?? Number.NaN)));
  return {
    what: `answers a second, ${MANY_ZONES} private zones`,
    ours: thousands(median(many ?? [])),
    against: '1 zone',
    theirs: thousands(median(one ?? [])),
    ratio,
    target: `1 ± ${TOLERANCE}`,
    met: Math.abs(ratio - 1) <= TOLERANCE,
  };
}

function row(
  found: Rounds,
  against: string,
  load: Load,
  what: keyof Round,
  title: string,
  text: (value: number) => string,
  goal = false,
): Row {
  const ours = valuesOf(found, `culvert ${load}`, what);
  const theirs = valuesOf(found, `${against} ${load}`, what);
  const isThere = theirs.length > 0;
  const ratio = isThere ? median(ours.map((value, at) => value / (theirs[at] ?? Number.NaN))) : null;
  return {
    what: title,
    ours: text(median(ours)),
    against,
    theirs: isThere ? text(median(theirs)) : 'not installed',
    ratio,
    target: goal ? '≥ 1' : '–',
    met: goal && ratio !== null ? ratio >= 1 : null,
  };
}
