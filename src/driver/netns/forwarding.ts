/**
 * Routes that lead to ports, whatever a packet's destination: what the port does not take, and what its machine cannot send on.
 * A connection that passes a machine as it is stays one connection to the router, which therefore judges its first packet at each
 * port and translates it once: the second time it may not leave through what would have to translate it.
 */
import { cidrContains } from '../../net/cidr.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { partition } from '../../net/partition.ts';
import { segmentBlocks } from '../../plan/blocks.ts';
import { chunksOf, joined } from '../../plan/lists.ts';
import { viasOf } from '../../plan/named.ts';
import { destinationOf } from '../../plan/order.ts';
import type { Port, Route, RouteTable, Segment } from '../../plan/plan.ts';
import { portLink } from './names.ts';
import { base, type Chain, type NftSet, set } from './nft.ts';

/** Ports that routes of the tables lead to. */
export function routedPorts(tables: readonly RouteTable[]): ReadonlySet<string> {
  return new Set(
    tables.flatMap(({ routes }) => viasOf(routes)).flatMap((via) => (via.kind === 'port' ? [via.port] : [])),
  );
}

export interface SegmentTables {
  readonly tables: readonly RouteTable[];
  /** Id of the table by segment. */
  readonly tableOf: ReadonlyMap<string, string>;
}

/**
 * The tables as segments ask them: no route is asked within a segment, so that one whose table leads its own addresses elsewhere has
 * a table for itself alone.
 */
export function segmentTables(tables: readonly RouteTable[], segments: readonly Segment[]): SegmentTables {
  const byId = new Map(tables.map((table) => [table.id, table]));
  const own: RouteTable[] = [];
  const tableOf = new Map<string, string>();
  for (const segment of segments) {
    const table = byId.get(segment.routeTable);
    const strayed = table === undefined ? [] : segmentBlocks(segment).filter((block) => !isLocal(table, block));
    const id = strayed.length === 0 || table === undefined ? segment.routeTable : `${table.id} ${segment.id}`;
    tableOf.set(segment.id, id);
    if (table === undefined || strayed.length === 0) continue;
    const isStrayed = ({ destination }: Route) => strayed.includes(destination);
    const routes = chunksOf(table.routes).map((chunk) =>
      chunk.some(isStrayed) ? chunk.filter((route) => !isStrayed(route)) : chunk,
    );
    const inside = strayed.map((destination) => ({ destination, via: { kind: 'local' } as const }));
    own.push({ ...table, id, routes: joined([...routes, inside]) });
  }
  return { tables: [...tables, ...own], tableOf };
}

function isLocal({ routes }: RouteTable, block: string): boolean {
  const first = parseIp(block.split('/')[0] ?? '');
  if (first === undefined) return true;
  // In the order of their first addresses, the wider before the longer: of those that the address is in, the last is the longest.
  for (let at = routesUpTo(routes, first); at > 0; at--) {
    const route = routes[at - 1] as Route;
    if (cidrContains(destinationOf(route), first)) return route.via.kind === 'local';
  }
  return true;
}

/** How many begin at the address or before it. */
function routesUpTo(routes: readonly Route[], { version, value }: Ip): number {
  return partition(routes.length, (at) => {
    const cidr = destinationOf(routes[at] as Route);
    return cidr.version < version || (cidr.version === version && cidr.first <= value);
  });
}

export interface Forwarding {
  readonly sets: Readonly<Record<string, NftSet>>;
  /** Before all else that leaves the router through it. */
  readonly first: readonly string[];
  /** Before what is translated on its way out. */
  readonly untranslated: (stage: string) => readonly string[];
}

/** In the words of table `ip`; `ports`: those on the network. */
export function forwarding(ports: readonly Port[], routed: ReadonlySet<string>): Forwarding {
  const targets = ports.filter(({ id }) => routed.has(id));
  if (targets.length === 0) return { sets: {}, first: [], untranslated: () => [] };
  const guarded = targets.filter(({ spoofGuard }) => spoofGuard);
  return {
    sets: {
      own_only: set(
        'ifname',
        guarded.map(({ id }) => `"${portLink(id)}"`),
      ),
      own_address: set(
        'ifname . ipv4_addr',
        guarded.flatMap(({ id, addresses }) => addresses.map((address) => `"${portLink(id)}" . ${address}`)),
      ),
      way_back: set(
        'ifname . ifname',
        targets.map(({ id }) => `"${portLink(id)}" . "${portLink(id)}"`),
      ),
    },
    first: [
      'oifname @own_only oifname . ip daddr != @own_address counter name "source" drop',
      // Not what a load balancer hands to its own client.
      'ct mark 0 iifname . oifname @way_back counter name "route" drop',
    ],
    untranslated: (stage) => [
      `ct state new ct status & confirmed == confirmed ct status & snat == 0 counter name "${stage}" drop`,
    ],
  };
}

/**
 * It is the gateway that translates: what answers, but leaves by another way, is from its own address. After the last rewriting, before
 * ACLs see it.
 */
export function ownSource(hasTranslated: boolean): Readonly<Record<string, Chain>> {
  if (!hasTranslated) return {};
  const isElsewhere = 'ct status & dnat == dnat ct direction reply oifname != @gateway_links';
  const rules = [`${isElsewhere} ip saddr set ip saddr map @public_to_private`];
  return { own_source: base('filter hook postrouting priority 120; policy accept;', rules) };
}
