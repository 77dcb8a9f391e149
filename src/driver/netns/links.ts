/**
 * Links of customers' domains, to one another (peering connections) and to hubs, stage 'link': a veth of its own for each, routed
 * at both ends, without translation. The sender's router lets into a peering connection what goes from its blocks to the
 * other's; the receiver's routes what comes by the main table, where ports of its domain are and nothing else: no gateway, no
 * further link. A hub's link takes whatever a route leads into it; what comes out of it must not have an address of the domain
 * itself, and follows the table that its end names, where it names one. What the router itself answers (DNS, metadata) is for
 * its own domain. First packets only; the rest belong to a connection.
 */
import type { Link, LinkEnd, Plan } from '../../plan/plan.ts';
import { type Family, HEADERS, ofFamily } from './family.ts';
import { FAR_MAC, linkName, MTU, ROUTER_MAC, tunnelPorts } from './names.ts';
import { type Chain, map, type NftSet, plain, quoted, set } from './nft.ts';
import { nextHops } from './render-links.ts';
import type { Interface, TunnelEnd } from './state.ts';
import { outsideOf } from './tunnels.ts';

/** A link as one of its ends sees it. */
export interface NearLink {
  readonly name: string;
  readonly kind: Link['kind'];
  readonly near: LinkEnd;
  readonly far: LinkEnd;
  readonly mtu: number;
  /** This end makes the pair. */
  readonly isFirst: boolean;
  /** null: a veth. */
  readonly tunnel: TunnelEnd | null;
}

/** By domain. */
export function linksOf(plan: Plan): ReadonlyMap<string, readonly NearLink[]> {
  const ports = tunnelPorts(plan.links.filter(({ outside }) => outside !== null).map(({ id }) => id));
  const all = plan.links.flatMap(({ id, kind, ends: [first, second], mtu, outside }: Link): NearLink[] => {
    const tunnel = (end: 0 | 1): TunnelEnd | null =>
      outside && { link: id, end, port: ports.get(id) ?? 0, own: outside[end], far: outside[1 - end] ?? '' };
    return [
      { name: linkName(id), kind, near: first, far: second, mtu, isFirst: true, tunnel: tunnel(0) },
      { name: linkName(id), kind, near: second, far: first, mtu, isFirst: false, tunnel: tunnel(1) },
    ];
  });
  return Map.groupBy(all, ({ near }) => near.domain);
}

export function linkInterface({ name, far, mtu, isFirst, tunnel }: NearLink): Interface {
  if (tunnel !== null) return { name, mac: '', mtu, peer: null, tunnel };
  const peer = isFirst ? { namespace: far.domain, name, mac: FAR_MAC } : null;
  return { name, mac: isFirst ? ROUTER_MAC : FAR_MAC, mtu, peer };
}

export function linkNeighbours(hasIpv6: boolean, { name, isFirst, tunnel }: NearLink): string[] {
  return tunnel !== null ? [] : nextHops(hasIpv6, isFirst ? FAR_MAC : ROUTER_MAC, name);
}

/** Where the packet that an ICMP error tells of has its destination, and what crossings' begin with: theirs is another stage. */
const TOO_LARGE = {
  ip: 'icmp type destination-unreachable @th,192,32 & 0xf0000000 != 0xf0000000',
  ip6: 'icmpv6 type packet-too-big @th,256,16 != 0xfdcf',
} as const;
/** By which link a packet will go, before it is routed. */
const WAY = 'fib daddr . mark oifname';
const DROP = 'counter name "link" drop';

export interface LinkProgram {
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
  /** In the chain of what machines send, once their tables are known. */
  readonly large: readonly string[];
  /** In the chains of what comes in by a link, of what is the router's own, and of what the router itself sends. */
  readonly enter: readonly string[];
  readonly input: readonly string[];
  readonly answers: readonly string[];
  /** In the chain of what is sent on, before what answers is let through. */
  readonly back: readonly string[];
}

/** In the words of table `ip`. `numbers`: of route tables. */
export function linkProgram(
  family: Family,
  links: readonly NearLink[],
  numbers: ReadonlyMap<string, number>,
  hasSpread: boolean,
): LinkProgram {
  if (links.length === 0) return { sets: {}, chains: {}, large: [], enter: [], input: [], answers: [], back: [] };
  const outside = outsideOf(links);
  const narrow = links.filter(({ mtu }) => mtu < MTU);
  const hubs = links.filter(({ kind }) => kind !== 'peering');
  const followed = hubs.flatMap(({ name, near }) =>
    near.routeTable === null ? [] : [`"${name}" : ${numbers.get(near.routeTable) ?? 0}`],
  );
  const strangers = hubs.flatMap(({ name, near }) =>
    ofFamily(family, near.cidrs).map((block) => `"${name}" . ${block}`),
  );
  const pairs = links
    .filter(({ kind }) => kind === 'peering')
    .flatMap(({ name, near, far }) =>
      ofFamily(family, near.cidrs).flatMap((from) =>
        ofFamily(family, far.cidrs).map((to) => `"${name}" . ${from} . ${to}`),
      ),
    );
  // Nobody is told what was too large, so TCP is told at its start.
  const clamps = [...new Set(narrow.map(({ mtu }) => mtu))].map(
    (mtu) => `iifname @links_${mtu} tcp flags & syn == syn tcp option maxseg size set ${mtu - HEADERS[family]}`,
  );
  // A transit gateway fragments nothing, whether it might or not: each fragment counts by itself, so before they are put together.
  // TCP's is a bundle of segments mostly; a single one that is too large does not fit the link.
  const whole = Map.groupBy(
    family === 'ip' ? narrow.filter(({ kind }) => kind === 'attachment') : [],
    ({ mtu }) => mtu,
  );
  return {
    enter: [...outside.enter, 'iifname "p-*" goto from_link'],
    input: outside.input,
    sets: {
      ...outside.sets,
      linked: set('ifname . ipv4_addr . ipv4_addr; flags interval', pairs),
      ...(hubs.length === 0
        ? {}
        : {
            hub_links: set('ifname', quoted(hubs.map(({ name }) => name))),
            hub_strangers: set('ifname . ipv4_addr; flags interval', strangers),
            hub_tables: map('ifname : mark', followed),
          }),
      ...Object.fromEntries(
        narrow.map(({ mtu }) => [
          `links_${mtu}`,
          set('ifname', quoted(narrow.filter((each) => each.mtu === mtu).map(({ name }) => name))),
        ]),
      ),
      ...Object.fromEntries(
        [...whole].map(([mtu, of]) => [`whole_${mtu}`, set(`typeof ${WAY}`, quoted(of.map(({ name }) => name)))]),
      ),
    },
    chains: {
      ...outside.chains,
      from_link: plain([
        ...clamps,
        ...(hubs.length === 0 ? [] : [`iifname . ip saddr @hub_strangers ${DROP}`]),
        ...(followed.length === 0 ? [] : ['meta mark set iifname map @hub_tables']),
        'ct state established,related accept',
        'ct state invalid goto stray',
        'ip daddr . meta l4proto . th dport @own counter name "router" drop',
        'accept',
      ]),
      ...(pairs.length === 0
        ? {}
        : {
            // By what the answer is from and to in the end: a peering connection takes none of public addresses either.
            back_by_link: plain([
              'oifname . ct original ip daddr . ct original ip saddr @linked accept',
              ...(hubs.length === 0 ? [] : ['oifname @hub_links accept']),
              DROP,
            ]),
          }),
      to_link: plain([
        'ct state established,related accept',
        // A load balancer's target that is not here is nowhere.
        ...(hasSpread ? ['ct mark != 0 counter name "route" drop'] : []),
        'oifname . ip saddr . ip daddr @linked accept',
        ...(hubs.length === 0 ? [] : ['oifname @hub_links accept']),
        DROP,
      ]),
    },
    back: pairs.length === 0 ? [] : ['ct direction reply oifname "p-*" goto back_by_link'],
    large: [...whole.keys()].map((mtu) => `meta l4proto != 6 meta length > ${mtu} ${WAY} @whole_${mtu} ${DROP}`),
    answers: [...outside.output, ...(narrow.length === 0 ? [] : [`${TOO_LARGE[family]} ${DROP}`])],
  };
}
