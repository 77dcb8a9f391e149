/**
 * A hub (transit gateway, VPN gateway): a router between links and nothing else. Each link's packets follow the table that its end
 * here names; who has none, and what no route takes, is dropped and counted ('route'), as is what is too
 * large for a tunnel ('link'). Stateless: customers' routers track.
 */
import type { Domain, RouteTable } from '../../plan/plan.ts';
import { HEADERS } from './family.ts';
import { linkInterface, linkNeighbours, type NearLink } from './links.ts';
import { linkName, MTU, PRIORITY_CUSTOMER, TABLE_MAIN, tableNumbers } from './names.ts';
import { base, map, NO_TABLE, quoted, set, type Table } from './nft.ts';
import { SILENT_ARP } from './program-internet.ts';
import type { Index } from './render-index.ts';
import { ROUTER_SYSCTLS, through } from './render-links.ts';
import type { NamespaceState } from './state.ts';
import { type Outside, outsideOf } from './tunnels.ts';

const STAGES = ['link', 'route', 'router'] as const;

export function hub(index: Index & { readonly it: Domain }): NamespaceState {
  const { id } = index.it;
  const links = index.linksOf.get(id) ?? [];
  const tables = index.tablesOf.get(id) ?? [];
  const numbers = tableNumbers(tables.map((table) => table.id));
  const outside = outsideOf(links);
  return {
    id,
    kind: 'router',
    sysctls: ROUTER_SYSCTLS,
    interfaces: [...links.map(linkInterface), ...outside.interfaces],
    addresses: outside.addresses,
    neighbours: [...links.flatMap((link) => linkNeighbours(false, link)), ...outside.neighbours],
    routes: [
      `default dev lo table ${TABLE_MAIN}`,
      ...tables.flatMap((table) => routesOf(table, numbers.get(table.id) ?? 0)),
      ...outside.routes,
    ],
    rules: [
      ...[...numbers.values()].map(
        (number) => `fwmark 0x${number.toString(16)} lookup ${number} priority ${PRIORITY_CUSTOMER}`,
      ),
      ...outside.rules,
    ],
    program: { ip: table(links, numbers, outside), ip6: NO_TABLE, arp: SILENT_ARP },
    fast: [],
    headers: [],
    tracked: [],
    cuts: [],
  };
}

function routesOf({ routes }: RouteTable, number: number): string[] {
  const found = routes.map(({ destination, via }) => {
    const to = destination === '0.0.0.0/0' ? 'default' : destination.replace(/\/32$/, '');
    return via.kind === 'link'
      ? `${to} ${through(destination, linkName(via.link))} table ${number} onlink`
      : `${to} dev lo table ${number}`;
  });
  const hasDefault = routes.some(({ destination }) => destination === '0.0.0.0/0');
  return [...found, ...(hasDefault ? [] : [`default dev lo table ${number}`])];
}

function table(links: readonly NearLink[], numbers: ReadonlyMap<string, number>, outside: Outside): Table {
  const narrow = Map.groupBy(
    links.filter(({ mtu }) => mtu < MTU),
    ({ mtu }) => mtu,
  );
  // Nobody is told what was too large, so TCP is told at its start, whichever way that goes. The narrowest last: it counts.
  const widths = [...narrow.keys()].sort((a, b) => b - a);
  const clamps = widths.flatMap((mtu) =>
    ['iifname', 'oifname'].map((side) => `${side} @links_${mtu} tcp option maxseg size set ${mtu - HEADERS.ip}`),
  );
  return {
    counters: STAGES,
    timeouts: {},
    sets: {
      ...outside.sets,
      tables: map(
        'ifname : mark',
        links.flatMap(({ name, near }) => {
          const number = near.routeTable === null ? undefined : numbers.get(near.routeTable);
          return number === undefined ? [] : [`"${name}" : ${number}`];
        }),
      ),
      ...Object.fromEntries(
        [...narrow].map(([mtu, of]) => [`links_${mtu}`, set('ifname', quoted(of.map(({ name }) => name)))]),
      ),
    },
    chains: {
      source: base('filter hook prerouting priority mangle; policy drop;', [
        ...outside.enter,
        'meta mark set iifname map @tables',
        'meta mark != 0 accept',
        'counter name "route" drop',
      ]),
      forward: base('filter hook forward priority filter; policy drop;', [
        'oifname "lo" counter name "route" drop',
        'tcp flags & syn == syn goto begin',
        'oifname "p-*" accept',
      ]),
      begin: { hook: null, rules: [...clamps, 'oifname "p-*" accept'] },
      router: base('filter hook input priority filter; policy drop;', [...outside.input, 'counter name "router" drop']),
      // What is too large is lost without a word, as on every link here.
      answer: base('filter hook output priority filter; policy drop;', [
        ...outside.output,
        'icmp type destination-unreachable counter name "link" drop',
      ]),
      ...outside.chains,
    },
  };
}
