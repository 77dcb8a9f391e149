/**
 * What the kernel has, asked of the kernel: namespaces by their pins, links, addresses, routes and rules by ip(8), the packet
 * program by the fingerprint that it carries and by how much there is of each set and chain. A rule exchanged by hand for
 * another, fingerprint left alone, is not noticed; anything added, emptied or removed is.
 */
import { readFileSync } from 'node:fs';
import { run } from '../../host/exec.ts';
import { Fault } from '../../host/fault.ts';
import { inNetns, listNetns } from '../../host/netns.ts';
import { type NftFamily, withTable } from '../../host/nft-elements.ts';
import { listNft, type NftObject } from '../../host/nftables.ts';
import type { Paths } from '../../host/paths.ts';
import { fastLinks } from './fast-path.ts';
import { METRIC_6, ROUTE_PROTOCOL, TABLE_MAIN } from './names.ts';
import { FINGERPRINT_SET, TABLE } from './nft.ts';
import { inParallel } from './parallel.ts';
import { headersAt } from './proxy-header.ts';
import type { KernelState, NamespaceState, Observed, ObservedNamespace } from './state.ts';

const ROUTE_KINDS: Readonly<Record<string, string>> = {
  '2': 'local ',
  '6': 'blackhole ',
  '7': 'unreachable ',
  '9': 'throw ',
};
/** The kernel gives every interface one of its own. */
const LINK_LOCAL = /^fe80:/;
const OF_BOTH = ['address show', 'neigh show nud permanent', 'route show table all', 'rule show'];
/** Namespaces that one shell asks, one after another. */
const AT_ONCE = 32;
const ASK = `while [ $# -gt 0 ]; do
  if [ $1 = 4 ]; then first='link show'; else first=; fi
  nsenter --net="$2" ip -$1 -N -j -batch - <<END
$first
${OF_BOTH.join('\n')}
END
  shift 2
done`;

/** `wanted` only says which sysctls to read, and where a program is looked for; `before`: what was, or was tried, there until now. */
export async function observe(
  paths: Paths,
  wanted: KernelState,
  before: (id: string) => readonly NamespaceState[] = () => [],
): Promise<Observed> {
  const states = (id: string) => [...before(id), wanted.namespaces.get(id)].filter((each) => each !== undefined);
  const namespaces = new Map<string, ObservedNamespace>();
  await inParallel(slices(listNetns(paths.netns), AT_ONCE), async (ids) => {
    const asked = ids.map((id) => ({ path: paths.netnsOf(id), hasIpv6: states(id).some(usesIpv6) }));
    for (const [at, answers] of (await ask(asked)).entries()) {
      const id = ids[at] ?? '';
      const given = [...new Set(before(id).flatMap(({ addresses }) => addresses))];
      namespaces.set(id, { ...observeOne(paths, id, wanted.namespaces.get(id), answers), given });
    }
  });
  return { namespaces, owners: new Set(listNetns(paths.userns)) };
}

function observeOne(
  paths: Paths,
  id: string,
  wanted: NamespaceState | undefined,
  { links, settings: [addresses, neighbours, routes, rules], settings6 }: Answers,
): Omit<ObservedNamespace, 'given'> {
  const path = paths.netnsOf(id);
  const [addresses6, neighbours6, routes6, rules6] = settings6;
  const names = links.map(({ ifname }) => ifname);
  const program = wanted?.kind === 'machine' ? null : observeProgram(path);
  return {
    id,
    sysctls: readSysctls(path, Object.keys(wanted?.sysctls ?? {})),
    loopbackUp: links.some((link) => link.ifname === 'lo' && link.flags.includes('UP')),
    interfaces: links
      .filter((link) => link.ifname !== 'lo')
      .map(({ ifname: name, address: mac = '', mtu, flags, ifalias: alias = '' }) => ({
        ...{ name, mac, mtu, alias },
        up: flags.includes('UP'),
      })),
    addresses: [...addresses, ...addresses6].flatMap(({ ifname, addr_info }) =>
      ifname === 'lo'
        ? []
        : addr_info
            .filter(({ local }) => !LINK_LOCAL.test(local))
            .map(({ local, prefixlen }) => `${local}/${prefixlen} dev ${ifname}`),
    ),
    neighbours: [...neighbours, ...neighbours6].map(({ dst, dev, lladdr }) => `${dst} lladdr ${lladdr} dev ${dev}`),
    routes: [...routes.filter(isOurs).map(routeText), ...routes6.filter(isOurs).map(routeText6)],
    rules: [
      ...rules.filter(isOurs).map(ruleText),
      ...rules6.filter(isOurs).map((rule) => ruleText({ ...rule, src: rule.src === 'all' ? '::/0' : rule.src })),
    ],
    program,
    fast: wanted?.kind === 'router' ? fastLinks(path, names) : [],
    // Of one that is to go, too: its rows go by its number.
    headers: wanted?.kind === 'machine' ? [] : headersAt(paths, id, names, wanted?.headers ?? []),
    tracked: [],
    cuts: [],
    broughtTo: null,
  };
}

type Settings = [IpAddress[], IpNeighbour[], IpRoute[], IpRule[]];

function isOurs({ protocol }: { readonly protocol?: string }): boolean {
  return protocol === String(ROUTE_PROTOCOL);
}

/** Elsewhere IPv6 is off, and what there was of it is gone. */
function usesIpv6({ sysctls }: NamespaceState): boolean {
  return Object.entries(sysctls).some(([key, value]) => key.endsWith('/disable_ipv6') && value === '0');
}

interface IpLink {
  ifname: string;
  flags: string[];
  mtu: number;
  /** None on what is no Ethernet. */
  address?: string;
  ifalias?: string;
}
interface IpAddress {
  ifname: string;
  addr_info: { local: string; prefixlen: number }[];
}
interface IpNeighbour {
  dst: string;
  dev: string;
  lladdr: string;
}
interface IpRoute {
  type?: string;
  dst: string;
  gateway?: string;
  dev?: string;
  table?: string;
  metric?: number;
  protocol: string;
  flags: string[];
}
interface IpRule {
  priority: number;
  src: string;
  iif?: string;
  fwmark?: string;
  table: string;
  protocol?: string;
}

function routeText(route: IpRoute): string {
  const words = [`${ROUTE_KINDS[route.type ?? ''] ?? ''}${route.dst}`];
  if (route.gateway !== undefined) words.push(`via ${route.gateway}`);
  if (route.dev !== undefined) words.push(`dev ${route.dev}`);
  words.push(`table ${route.table ?? TABLE_MAIN}`);
  if (route.metric) words.push(`metric ${route.metric}`);
  if (route.flags.includes('onlink')) words.push('onlink');
  return words.join(' ');
}

function routeText6(route: IpRoute): string {
  const dst = route.dst === 'default' ? '::/0' : route.dst;
  return routeText({ ...route, dst, metric: route.metric === METRIC_6 ? 0 : (route.metric ?? 0) });
}

function ruleText({ src, iif, fwmark, table, priority }: IpRule): string {
  const from = src === 'all' ? '' : `from ${src} `;
  const enters = iif === undefined ? '' : `iif ${iif} `;
  return `${from}${enters}${fwmark === undefined ? '' : `fwmark ${fwmark} `}lookup ${table} priority ${priority}`;
}

interface Answers {
  readonly links: IpLink[];
  readonly settings: Settings;
  /** Empty where there is no IPv6. */
  readonly settings6: Settings;
}

/**
 * What ip(8) tells of namespaces. A small shell starts it in each: from this process, with all its memory, a start takes many times
 * as long. Each question is answered by one line of JSON.
 */
async function ask(
  namespaces: readonly { readonly path: string; readonly hasIpv6: boolean }[],
): Promise<readonly Answers[]> {
  const words = namespaces.flatMap(({ path, hasIpv6 }) => (hasIpv6 ? ['4', path, '6', path] : ['4', path]));
  const { stdout } = await run('sh', ['-ec', ASK, 'sh', ...words]);
  const lines = stdout.trim().split('\n');
  const next = () => {
    const line = lines.shift();
    if (line === undefined) throw new Fault('ip said less than it was asked');
    return JSON.parse(line) as unknown;
  };
  const settings = () => OF_BOTH.map(next) as unknown as Settings;
  const answers = namespaces.map(({ hasIpv6 }) => ({
    links: next() as IpLink[],
    settings: settings(),
    settings6: hasIpv6 ? settings() : ([[], [], [], []] satisfies Settings),
  }));
  if (lines.length > 0) throw new Fault(`ip said more than it was asked: ${lines[0]}`);
  return answers;
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

function readSysctls(path: string, keys: readonly string[]): Record<string, string> {
  return inNetns(path, () => {
    const values: Record<string, string> = {};
    for (const key of keys) {
      try {
        values[key] = readFileSync(`/proc/sys/net/${key}`, 'utf8').trim();
      } catch (error) {
        // A setting of an interface that is not there.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new Fault(`cannot read ${key}`, error);
      }
    }
    return values;
  });
}

function observeProgram(path: string): ObservedNamespace['program'] {
  // What is in sets is asked for one by one: flows are many, and nobody's here.
  const objects = listNft(path, 'list ruleset', { terse: true }).filter((object) => tableOf(object) === TABLE);
  if (objects.length === 0) return null;
  const rules = new Map<string, number>();
  const shape: string[] = [];
  let fingerprint = '';
  for (const object of objects) {
    const rule = object.rule as { family: string; chain: string } | undefined;
    if (rule === undefined) continue;
    const key = `${rule.family} ${rule.chain}`;
    rules.set(key, (rules.get(key) ?? 0) + 1);
  }
  withTable(path, TABLE, (reader) => {
    for (const object of objects) {
      const chain = object.chain as { family: string; name: string } | undefined;
      if (chain !== undefined) {
        shape.push(`${chain.family} chain ${chain.name} ${rules.get(`${chain.family} ${chain.name}`) ?? 0}`);
      }
      const set = (object.set ?? object.map) as NftSetObject | undefined;
      if (set === undefined) continue;
      const isOfFlows = set.timeout !== undefined;
      const elements = isOfFlows ? [] : reader.read(set.family, set.name);
      if (set.name === FINGERPRINT_SET) fingerprint = fingerprintText(elements[0]?.key);
      else shape.push(`${set.family} set ${set.name} ${isOfFlows ? 'flows' : elements.length}`);
    }
  });
  return { fingerprint, shape: shape.sort() };
}

interface NftSetObject {
  readonly family: NftFamily;
  readonly name: string;
  /** Of elements: only those that rules add have one. */
  readonly timeout?: number;
}

function tableOf(object: NftObject): unknown {
  if (object.table !== undefined) return object.table.name;
  return Object.values(object)[0]?.table;
}

function fingerprintText(key: Buffer | undefined): string {
  if (key === undefined) return '';
  return [0, 4, 8, 12].map((at) => [...key.subarray(at, at + 4)].join('.')).join(' . ');
}
