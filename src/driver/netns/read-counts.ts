/**
 * Reads what routers counted: elements' counters of their packet programs (counting.ts), and what the fast path carried past those. Of one
 * packet only one of the two counts. What attributes it is pure: meters.ts, flows.ts.
 */
import { setImmediate } from 'node:timers/promises';
import { activeConnections } from '../../host/conntrack-active.ts';
import { Fault } from '../../host/fault.ts';
import { call } from '../../host/libc.ts';
import { receivedTraffic } from '../../host/link-traffic.ts';
import { inNetns, isPinned } from '../../host/netns.ts';
import { type CountedElement, type TableReader, withTable, withTableInPieces } from '../../host/nft-elements.ts';
import { runNft } from '../../host/nftables.ts';
import type { Paths } from '../../host/paths.ts';
import { inPieces } from '../../host/slices.ts';
import { formatIp } from '../../net/ip.ts';
import type { Plan } from '../../plan/plan.ts';
import { flowSets } from './counting.ts';
import { FAMILIES, type Family } from './family.ts';
import {
  type CarriedMeter,
  carriedMeters,
  forgetMeters,
  forgetStrangers,
  isLoggedWholly,
  netnsOf,
  takeCarriedFlows,
  takeSkippedFlows,
} from './fast-path.ts';
import { FLOW_STAGES, type FlowStage, type SeenFlow } from './flows.ts';
import { type AddressCounts, added, type Count, type LinkCounts } from './meters.ts';
import { gatewayLink, linkName, portLink } from './names.ts';
import { type Counts, type Program, TABLE } from './nft.ts';

const NONE: Count = { packets: 0, bytes: 0 };
const ZEROS = {
  ...{ forward: NONE, back: NONE, newConnections: 0, activeConnections: 0, droppedPackets: 0 },
  resets: { forward: 0, back: 0 },
};
const IP_BYTES = { ip: 4, ip6: 16 } as const;
const TCP = 6;
const UDP = 17;

export interface MeterCounts {
  readonly addresses: readonly AddressCounts[];
  readonly links: readonly LinkCounts[];
}

/** What may change while counts are read. */
export interface Changing {
  /** Whether routers are those of the plan, no fewer and no more. */
  isInForce(): boolean;
  /** Grows whenever something may be different. */
  changes(): number;
}

/** Of the namespaces of a plan that are there, whatever is changed meanwhile. */
export async function readMeterCounts(paths: Paths, plan: Plan, state: Changing): Promise<MeterCounts> {
  let carried: ReadonlyMap<number, CarriedMeter[]> = new Map();
  let since = -1;
  /** What a router carried to an address is not what it carried to the same address, removed and added meanwhile. */
  const carriedAt = (path: string) => {
    if (since !== state.changes()) {
      since = state.changes();
      // A router that the plan does not have may be one to come.
      if (state.isInForce()) {
        const routers = plan.domains.map(({ id }) => paths.netnsOf(id)).filter(isPinned);
        forgetStrangers(new Set(routers.map(netnsOf)));
      }
      carried = Map.groupBy(carriedMeters(), ({ netns }) => netns);
    }
    return carried.get(netnsOf(path)) ?? [];
  };
  const metered = new Set([
    ...plan.crossings.map(({ consumer }) => consumer),
    ...plan.balancers.map(({ domain }) => domain),
  ]);
  const addresses: AddressCounts[] = [];
  for (const domain of metered) {
    const path = paths.netnsOf(domain);
    addresses.push(...(await ifThere(path, () => readDomain(path, domain, carriedAt(path)), [])));
    await setImmediate();
  }
  for (const { id } of plan.natGateways) {
    const path = paths.netnsOf(id);
    addresses.push(...(await ifThere(path, async () => [await readNat(path, id)], [])));
  }
  const ends = Map.groupBy(
    plan.links.flatMap(({ id, ends }) => ends.map(({ domain }) => ({ domain, link: linkName(id) }))),
    ({ domain }) => domain,
  );
  const links: LinkCounts[] = [];
  for (const [domain, own] of ends) {
    const path = paths.netnsOf(domain);
    const traffic = await ifThere(path, async () => receivedTraffic(path), new Map());
    for (const { link } of own) {
      const found = traffic.get(link);
      if (found !== undefined) links.push({ domain, link, in: found });
    }
    await setImmediate();
  }
  return { addresses, links };
}

/** `none`: the namespace is not there, or no longer. */
async function ifThere<T>(path: string, read: () => Promise<T>, none: T): Promise<T> {
  if (!isPinned(path)) return none;
  try {
    return await read();
  } catch (error) {
    if (isPinned(path)) throw error;
    return none;
  }
}

async function readDomain(path: string, domain: string, carried: readonly CarriedMeter[]): Promise<AddressCounts[]> {
  const counts = new Map<string, AddressCounts>();
  const add = (address: string, change: (before: AddressCounts) => Partial<AddressCounts>) => {
    const before = counts.get(address) ?? { ...ZEROS, domain, address };
    counts.set(address, { ...before, ...change(before) });
  };
  withTable(path, TABLE, (reader) => {
    for (const family of FAMILIES) {
      for (const { key, ...count } of reader.read(family, 'metered')) {
        const way = key[0] === 0 ? 'forward' : 'back';
        add(addressAt(family, key, 4), (before) => ({ [way]: added(before[way], count) }));
      }
      for (const { key, packets } of reader.read(family, 'metered_resets')) {
        const way = key[0] === 0 ? 'forward' : 'back';
        add(addressAt(family, key, 4), ({ resets }) => ({ resets: { ...resets, [way]: packets } }));
      }
      // First packets are counted there alone.
      for (const { key, ...count } of reader.read(family, 'metered_new')) {
        add(addressAt(family, key, 0), ({ forward }) => ({
          forward: added(forward, count),
          newConnections: count.packets,
        }));
      }
      for (const { key, packets } of reader.read(family, 'metered_dropped')) {
        add(addressAt(family, key, 0), () => ({ droppedPackets: packets }));
      }
    }
  });
  for (const { address, way, ...count } of carried) {
    const side = way === 'there' ? 'forward' : 'back';
    if (counts.has(address)) add(address, (before) => ({ [side]: added(before[side], count) }));
    else forgetMeters(path, [address]);
  }
  if ([...counts.values()].some(({ newConnections }) => newConnections > 0)) {
    for (const [address, connections] of await activeConnections(path)) {
      if (counts.has(address)) add(address, () => ({ activeConnections: connections }));
    }
  }
  return [...counts.values()];
}

async function readNat(path: string, id: string): Promise<AddressCounts> {
  const found = withTable(path, TABLE, (reader) => {
    const of = (set: string) => new Map(reader.read('ip', set).map((each) => [each.key[0] ?? 0, each]));
    return {
      metered: of('metered'),
      begun: of('metered_new'),
      resets: of('metered_resets'),
      dropped: reader.counters('ip').get('nat') ?? 0,
    };
  });
  const count = (way: number): Count => {
    const { packets = 0, bytes = 0 } = found.metered.get(way) ?? {};
    return { packets, bytes };
  };
  let connections = 0;
  for (const each of (await activeConnections(path)).values()) connections += each;
  return {
    ...{ domain: id, address: '', forward: count(0), back: count(1), activeConnections: connections },
    droppedPackets: found.dropped,
    newConnections: found.begun.get(0)?.packets ?? 0,
    resets: { forward: found.resets.get(0)?.packets ?? 0, back: found.resets.get(1)?.packets ?? 0 },
  };
}

export interface FlowCounts {
  readonly seen: readonly SeenFlow[];
  /** By domain. */
  readonly skipped: ReadonlyMap<string, number>;
}

interface Router {
  readonly domain: string;
  readonly names: ReadonlyMap<number, string>;
  /** Programs count all packets of a flow, where they count any. */
  readonly isWhole: boolean;
}

/**
 * Of domains that are logged, counted since `since` (ms); counters begin anew. Yields between pieces: of what changes meanwhile, what
 * had been read stays read, and what is gone was not told.
 */
export function* takeFlowCounts(
  paths: Paths,
  plan: Plan,
  logged: ReadonlySet<string>,
  span: Pick<SeenFlow, 'since' | 'until'>,
): Generator<void, FlowCounts> {
  const seen: SeenFlow[] = [];
  const skipped = new Map<string, number>();
  const skip = (domain: string, packets: number) => {
    if (packets > 0) skipped.set(domain, (skipped.get(domain) ?? 0) + packets);
  };
  const routers = new Map<number, Router>();
  const links = linkNames(plan, logged);
  for (const domain of logged) {
    const path = paths.netnsOf(domain);
    // In one step until the table is at hand: a change meanwhile, of the router or of its program, is before it or after it.
    if (!isPinned(path)) continue;
    const names = interfaceNumbers(path, links.get(domain) ?? []);
    routers.set(netnsOf(path), { domain, names, isWhole: isLoggedWholly(path) });
    yield* withTableInPieces(path, TABLE, function* (reader): Generator<void, void> {
      for (const family of FAMILIES) {
        const take = (set: string) => takeElements(path, reader, family, set);
        for (const at of ['enter', 'leave', ...FLOW_STAGES] as const) {
          yield* readPoint(take, family, at, names, (flow) => seen.push({ ...flow, domain, ...span }));
        }
        for (const { packets } of yield* take('flow_skipped')) skip(domain, packets);
      }
    });
    yield;
  }
  const isAsked = (netns: number) => routers.has(netns);
  for (const flows of takeCarriedFlows(isAsked)) {
    for (const { netns, inIndex, outIndex, in: came, out, packets, bytes, tcpFlags } of flows) {
      const router = routers.get(netns);
      if (router === undefined) continue;
      const rest = { domain: router.domain, protocol: TCP, packets, bytes, ...span };
      const known = { tcpFlags: router.isWhole ? tcpFlags : null };
      const [entered, left] = [router.names.get(inIndex), router.names.get(outIndex)];
      if (entered !== undefined) seen.push({ at: 'enter', link: entered, ...came, ...rest, ...known });
      if (left !== undefined) seen.push({ at: 'leave', link: left, ...out, ...rest, ...known });
    }
    yield;
  }
  for (const { netns, packets } of takeSkippedFlows(isAsked)) {
    const router = routers.get(netns);
    if (router !== undefined) skip(router.domain, packets);
  }
  return { seen, skipped };
}

/** Of a set that packets fill: what it has counted, once. `resets`: false on Linux before 6.5. */
export function* takeElements(
  path: string,
  reader: TableReader,
  family: Family,
  set: string,
  resets = canReset,
): Generator<void, readonly CountedElement[]> {
  if (resets) {
    try {
      return yield* reader.readInPieces(family, set, { reset: true });
    } catch (error) {
      if (!(error instanceof Fault) || !error.message.includes('EINVAL')) throw error;
      canReset = false;
    }
  }
  const found = reader.read(family, set);
  // What is counted between the two is lost: nothing else is done meanwhile.
  if (found.length > 0) runNft(path, `flush set ${family} ${TABLE} ${set}`);
  return found;
}

/** Until the kernel does not know the request. */
let canReset = true;

/** Groups judge first packets alone: without connection tracking's consent no other one is. */
const JUDGED: ReadonlySet<string> = new Set<FlowStage>(['group_out', 'group_in']);
const SYN = 2;

type PointFlow = Omit<SeenFlow, 'domain' | 'since' | 'until'>;

function* readPoint(
  take: (set: string) => Generator<void, readonly CountedElement[]>,
  family: Family,
  at: SeenFlow['at'],
  names: ReadonlyMap<number, string>,
  each: (flow: PointFlow) => void,
): Generator<void, void> {
  const sets = flowSets(at);
  const size = IP_BYTES[family];
  for (const [set, protocol] of [[sets.tcp, TCP] as const, [sets.udp, UDP] as const, [sets.other, null] as const]) {
    yield* inPieces(yield* take(set), ({ key, packets, bytes }) => {
      if (packets === 0) return;
      const ports = 4 + 2 * size;
      each({
        at,
        link: names.get(key.readUInt32LE()) ?? '',
        protocol: protocol ?? key[ports] ?? 0,
        source: addressAt(family, key, 4),
        destination: addressAt(family, key, 4 + size),
        sourcePort: protocol === null ? 0 : key.readUInt16BE(ports),
        destinationPort: protocol === null ? 0 : key.readUInt16BE(ports + 4),
        ...{ packets, bytes, tcpFlags: protocol === TCP ? (JUDGED.has(at) ? SYN : null) : 0 },
      });
    });
  }
}

/** By domain, of those that are logged: their routers' links but those to crossings. */
function linkNames(plan: Plan, logged: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const names = new Map([...logged].map((domain) => [domain, [] as string[]]));
  for (const { id, domain, kind } of plan.ports) if (kind === 'machine') names.get(domain)?.push(portLink(id));
  for (const { id, domain } of plan.gateways) names.get(domain)?.push(gatewayLink(id));
  for (const { id, ends } of plan.links) for (const { domain } of ends) names.get(domain)?.push(linkName(id));
  return names;
}

function interfaceNumbers(path: string, names: readonly string[]): ReadonlyMap<number, string> {
  const numbered = inNetns(path, () => names.map((name) => [call('if_nametoindex', name, name), name] as const));
  // 0: it is not there.
  return new Map(numbered.filter(([number]) => number > 0));
}

function addressAt(family: Family, key: Buffer, at: number): string {
  if (family === 'ip') return key.subarray(at, at + 4).join('.');
  return formatIp({ version: 6, value: BigInt(`0x${key.subarray(at, at + 16).toString('hex')}`) });
}

/** What elements of a program's sets have counted so far, as `replacement` takes it. */
export function countsOf(path: string, program: Program): ReadonlyMap<string, Counts> {
  return withTable(path, TABLE, (reader) => {
    const found = FAMILIES.flatMap((family) =>
      Object.entries(program[family].sets)
        .filter(([, { counted, flows }]) => counted && flows === undefined)
        .map(([name, { type }]) => {
          const parts = (type.split(' : ')[0] ?? '').split(' . ');
          return [
            `${family} ${name}`,
            new Map(reader.read(family, name).map(({ key, ...count }) => [keyText(parts, key), count])),
          ] as const;
        }),
    );
    return new Map(found);
  });
}

/** As it stands in a program's text. */
function keyText(parts: readonly string[], key: Buffer): string {
  let at = 0;
  return parts
    .map((part) => {
      const start = at;
      at += part === 'ipv6_addr' ? 16 : 4;
      if (part === 'ct_dir') return key[start] === 0 ? 'original' : 'reply';
      if (part === 'ipv4_addr' || part === 'ipv6_addr')
        return addressAt(part === 'ipv4_addr' ? 'ip' : 'ip6', key, start);
      throw new Error(`a set counts by ${part}`);
    })
    .join(' . ');
}
