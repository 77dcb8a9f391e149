/**
 * Customers' own networks: a router whose one filter and ACL let all through, a host, and a DNS server's where there is one. The
 * router knows what the far ends of its tunnels and virtual interfaces know, as BGP would tell it, or as one sets it up from a VPN
 * connection's configuration; and what it was told by hand, which comes first.
 */
import type { Intent } from '../../model/intent.ts';
import type { Site as Asked } from '../../model/resources.ts';
import { cidrAddress, cidrCovers, cidrOf } from '../../net/cidr.ts';
import { parseIpv4 } from '../../net/ip.ts';
import { compareCidrs } from '../order.ts';
import type { Plan, Port, Route } from '../plan.ts';
import { NO_DHCP } from './domains.ts';
import type { Hubs } from './hubs.ts';

/** Addresses in its block. */
const ROUTER = 1;
export const SITE_DNS = 5;
const HOST = 10;

type Sites = Pick<Plan, 'domains' | 'segments' | 'ports' | 'routeTables' | 'filters' | 'acls' | 'sites'>;

export function compileSites(intent: Intent, hubs: Hubs): Sites {
  const tunnels = tunnelsOf(hubs);
  const all = [...intent.table('site').all()].map((site) =>
    siteParts(site, routesOf(site, tunnels.get(site.id) ?? [])),
  );
  return {
    domains: all.flatMap(({ domains }) => domains),
    segments: all.flatMap(({ segments }) => segments),
    ports: all.flatMap(({ ports }) => ports),
    routeTables: all.flatMap(({ routeTables }) => routeTables),
    filters: all.flatMap(({ filters }) => filters),
    acls: all.flatMap(({ acls }) => acls),
    sites: all.flatMap(({ sites }) => sites),
  };
}

/** The host has the site's own name. */
function siteName({ id }: Pick<Asked, 'id'>): string {
  return id.slice('site-'.length);
}

function siteParts(site: Asked, routes: readonly Route[]): Sites {
  const { id, cidr, dns } = site;
  const name = siteName(site);
  const origin = [id];
  const [table, filter, acl, segment] = [`rtb-${name}`, `sg-${name}`, `acl-${name}`, `subnet-${name}`];
  const host = { id: name, port: `port-${name}`, address: cidrAddress(cidrOf(cidr), HOST) };
  const server = { id: `${name}-dns`, port: `port-${name}-dns`, address: cidrAddress(cidrOf(cidr), SITE_DNS) };
  const hosts = dns === null ? [host] : [host, server];
  const all = { protocol: 'any', ports: null } as const;
  const entry = { ...all, number: 100, action: 'allow', cidr: '0.0.0.0/0' } as const;
  const allow = { ...all, peer: { cidr: '0.0.0.0/0' } };
  return {
    domains: [
      {
        id,
        kind: 'site',
        origin,
        cidrs: [cidr],
        resolverAddresses: [],
        dhcp: NO_DHCP,
        metadataAddresses: [],
        timeAddresses: [],
      },
    ],
    segments: [
      {
        ...{ id: segment, origin, domain: id, cidr, routerAddress: cidrAddress(cidrOf(cidr), ROUTER) },
        ...{ ipv6Cidr: null, ipv6Gateway: null, routeTable: table, acl, zone: '' },
      },
    ],
    ports: hosts.map(
      ({ id: machine, port, address }, at): Port => ({
        ...{ id: port, origin: [port, id], domain: id, segment, kind: 'machine', addresses: [address] },
        ...{ mac: macOf(site, at), filters: [filter], spoofGuard: true },
        ...{ machine: { id: machine, deviceIndex: 0 }, publics: [], deniesInternet: false },
      }),
    ),
    routeTables: [{ id: table, origin, domain: id, routes }],
    filters: [
      {
        ...{ id: filter, origin, domain: id, members: [] },
        ingress: [{ id: `${filter}-in`, ...allow }],
        egress: [{ id: `${filter}-out`, ...allow }],
      },
    ],
    acls: [{ id: acl, origin, domain: id, ingress: [entry], egress: [entry] }],
    sites: [
      {
        ...{ id, origin, hosts },
        dns: dns && { host: server.id, address: server.address, software: dns.software, forwards: dns.forwards },
      },
    ],
  };
}

/** By site: the ways out of it, and what the table at the other end leads to. */
interface Tunnel {
  readonly link: string;
  readonly isDirect: boolean;
  readonly routes: readonly Route[];
}

function tunnelsOf({ links, routeTables }: Hubs): ReadonlyMap<string, readonly Tunnel[]> {
  const tables = new Map(routeTables.map(({ id, routes }) => [id, routes]));
  const found = new Map<string, Tunnel[]>();
  for (const { id, kind, ends } of links) {
    if (kind !== 'tunnel' && kind !== 'direct') continue;
    const [{ domain: site }, hub] = ends;
    const tunnel = { link: id, isDirect: kind === 'direct', routes: tables.get(hub.routeTable ?? '') ?? [] };
    const known = found.get(site);
    if (known === undefined) found.set(site, [tunnel]);
    else known.push(tunnel);
  }
  return found;
}

/**
 * Its own block, what it sends by hand, and what the tables at the other ends of its tunnels lead to elsewhere. Of two ways Direct
 * Connect counts, then the first.
 */
function routesOf({ cidr, routes: byHand = [] }: Asked, tunnels: readonly Tunnel[]): readonly Route[] {
  const found = new Map<string, Route>([[cidr, { destination: cidr, via: { kind: 'local' } }]]);
  for (const { destination, via } of byHand) {
    if (tunnels.some(({ link }) => link === via))
      found.set(destination, { destination, via: { kind: 'link', link: via } });
  }
  for (const { link, routes } of tunnels.toSorted((a, b) => Number(b.isDirect) - Number(a.isDirect))) {
    for (const { destination, via } of routes) {
      const isBeyond = via.kind === 'link' && via.link !== link;
      if (!isBeyond || found.has(destination) || cidrCovers(cidrOf(cidr), cidrOf(destination))) continue;
      found.set(destination, { destination, via: { kind: 'link', link } });
    }
  }
  return [...found.values()].sort((a, b) => compareCidrs(a.destination, b.destination));
}

/** Locally administered; of the site's public address, which no other has. */
function macOf({ publicAddress }: Asked, at: number): string {
  const value = parseIpv4(publicAddress) ?? 0;
  return ['02', 'cf', '01', at, (value >> 8) & 255, value & 255]
    .map((octet) => (typeof octet === 'number' ? octet.toString(16).padStart(2, '0') : octet))
    .join(':');
}
