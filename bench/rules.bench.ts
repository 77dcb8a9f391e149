/**
 * What grows with the number of rules: nothing should. Two VPCs of each kind, one with 10 and one with 10,000 group rules, ACL entries or
 * routes; round trips and new connections through both in interleaved rounds, and the time from one changed rule to packets that
 * obey it (compile, check, render, diff and the kernel's transaction).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '../src/driver/netns/driver.ts';
import { silentLog } from '../src/host/log.ts';
import { hostPaths } from '../src/host/paths.ts';
import { NO_FACTS } from '../src/model/facts.ts';
import type { NetworkAcl, NetworkInterface, SecurityGroup, Vpc } from '../src/model/resources.ts';
import { check } from '../src/plan/check.ts';
import { compile } from '../src/plan/compile.ts';
import { allow, allowAll, allowTcp, World } from '../src/plan/testing/world.ts';
import { type Bench, median, type Row } from './bench.ts';
import { connections, latency, PORT, Stage } from './paths.ts';

const SIZES = [10, 10_000] as const;
const ROUNDS = 7;
/** The first third is not counted: code that runs for the first time is slow, whatever it runs for. */
const CHANGES = 60;
const KINDS = ['group rules', 'ACL entries', 'routes'] as const;
type Kind = (typeof KINDS)[number];

interface Site {
  readonly client: string;
  readonly server: string;
  readonly address: string;
  /** One rule more, or less. */
  change(turn: number): void;
}

/** None of them lets the measured packets through or keeps them out, but for the last. */
function build(world: World, kind: Kind, size: number): Site {
  const vpc = world.vpc('10.0.0.0/16');
  const [near, far] = [world.subnet(vpc, '10.0.0.0/24'), world.subnet(vpc, '10.0.1.0/24')];
  const clients = world.group(vpc, 'clients', allowAll('egress'));
  const servers = world.group(vpc, 'servers', allowTcp('ingress', PORT), allowAll('egress'));
  const client = world.instance(near, [clients]);
  const server = world.instance(far, [servers]);
  const numbers = Array.from({ length: size }, (_, n) => n);
  const change = {
    'group rules': () => manyRules(world, servers, numbers),
    'ACL entries': () => manyEntries(world, world.acl(vpc, [far]), numbers),
    routes: () => manyRoutes(world, vpc, numbers),
  }[kind]();
  return { client: client.instance.id, server: server.instance.id, address: addressOf(server.eni), change };
}

const addressOf = ({ addresses }: NetworkInterface) => addresses[0] ?? '';
/** Apart from each other: neighbours could be put together. */
const block = (n: number) => `172.${16 + (n >> 11)}.${(n >> 3) & 255}.${(n & 7) << 5}/28`;

function manyRules(world: World, group: SecurityGroup, numbers: readonly number[]): Site['change'] {
  const rule = (n: number) => allowTcp('ingress', PORT, { kind: 'cidr', cidr: block(n) });
  const made = numbers.map((n) => world.rule(group, rule(n)));
  const last = made.at(-1);
  return (turn) => {
    if (last === undefined) return;
    if (turn % 2 === 0) world.remove(last);
    else world.put(last);
  };
}

function manyEntries(world: World, acl: NetworkAcl, numbers: readonly number[]): Site['change'] {
  const denied = numbers.map((n) => ({ ...allow('ingress', n + 1, { cidr: block(n) }), action: 'deny' as const }));
  const rest = [allow('ingress', 20_000), allow('egress', 1)];
  world.put({ ...acl, entries: [...denied, ...rest] });
  return (turn) => {
    world.put({ ...acl, entries: [...(turn % 2 === 0 ? denied.slice(0, -1) : denied), ...rest] });
  };
}

function manyRoutes(world: World, vpc: Vpc, numbers: readonly number[]): Site['change'] {
  const target = { kind: 'internetGateway', id: 'igw-00000000000000000' } as const;
  const routes = numbers.map((n) => ({ destination: block(n), target }));
  const table = world.intent().table('routeTable').get(vpc.mainRouteTableId);
  if (table === undefined) throw new Error('a VPC without its main table');
  world.put({ ...table, routes });
  return (turn) => {
    world.put({ ...table, routes: turn % 2 === 0 ? routes.slice(0, -1) : routes });
  };
}

interface Figures {
  applied: number;
  readonly p50: number[];
  readonly perSecond: number[];
}

export const bench: Bench = {
  title: `rules: ${SIZES.join(' against ')} of each kind (medians of ${ROUNDS} interleaved rounds)`,
  async run(progress) {
    const root = mkdtempSync(join(tmpdir(), 'culvert-bench-'));
    const paths = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
    const driver = createDriver({ paths, log: silentLog() });
    const stage = new Stage(root);
    const rows: Row[] = [];
    try {
      for (const kind of KINDS) {
        const figures = SIZES.map((): Figures => ({ applied: 0, p50: [], perSecond: [] }));
        for (const [at, size] of SIZES.entries()) (figures[at] as Figures).applied = await changes(kind, size);
        await packets(kind, figures);
        rows.push(...rowsOf(kind, figures as [Figures, Figures]));
        progress(kind);
      }
      return rows;
    } finally {
      stage.end();
      await driver.teardown();
      rmSync(root, { recursive: true });
    }

    /** In a world of its own: another VPC's rules are compiled too. */
    async function changes(kind: Kind, size: number): Promise<number> {
      const world = new World();
      const site = build(world, kind, size);
      await driver.apply(compile(world.intent(), NO_FACTS));
      const times: number[] = [];
      for (let turn = 0; turn < CHANGES; turn++) {
        site.change(turn);
        const started = performance.now();
        const plan = compile(world.intent(), NO_FACTS);
        if (check(plan).length > 0) throw new Error('a plan that no driver should see');
        await driver.apply(plan);
        times.push(performance.now() - started);
      }
      return median(times.slice(CHANGES / 3));
    }

    async function packets(kind: Kind, figures: readonly Figures[]): Promise<void> {
      const world = new World();
      const sites = SIZES.map((size) => build(world, kind, size));
      await driver.apply(compile(world.intent(), NO_FACTS));
      for (const how of ['serve', 'answer'] as const) {
        const ends = await Promise.all(sites.map(({ server }) => stage.serve(paths.netnsOf(server), how)));
        for (let round = 0; round < ROUNDS; round++) {
          for (const [at, { client, address }] of sites.entries()) {
            const path = { name: kind, address, port: PORT };
            const from = paths.netnsOf(client);
            if (how === 'serve') figures[at]?.p50.push((await latency(from, path)).p50);
            else figures[at]?.perSecond.push(await connections(from, path));
          }
        }
        for (const end of ends) await end();
      }
    }
  },
};

function rowsOf(kind: Kind, [few, many]: readonly [Figures, Figures]): Row[] {
  const ratio = (values: 'p50' | 'perSecond') => median(many[values].map((one, at) => one / (few[values][at] ?? 1)));
  const what = (text: string) => `${SIZES[1]} ${kind}, ${text}`;
  const row = (unit: string, ours: number, theirs: number) => ({
    ours: `${ours.toFixed(1)} ${unit}`,
    against: String(SIZES[0]),
    theirs: `${theirs.toFixed(1)} ${unit}`,
  });
  const [slower, fewer] = [ratio('p50'), ratio('perSecond')];
  return [
    {
      what: what('round trip p50'),
      ...row('µs', median(many.p50), median(few.p50)),
      ...{ ratio: slower, target: '≤ 1.1', met: slower <= 1.1 },
    },
    {
      what: what('new connections'),
      ...row('/s', median(many.perSecond), median(few.perSecond)),
      ...{ ratio: fewer, target: '≥ 0.9', met: fewer >= 0.9 },
    },
    {
      what: what('one changed'),
      ...row('ms', many.applied, few.applied),
      ...{ ratio: many.applied / few.applied, target: '≤ 50 ms', met: many.applied <= 50 },
    },
  ];
}
