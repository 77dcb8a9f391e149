/**
 * Links between customers' domains (peering connections), stage 'link': a veth of its own for each, routed at both ends, without
 * translation. The sender's router lets in what goes from its blocks to the other's; the receiver's routes what comes by the main
 * table, where ports of its domain are and nothing else: no gateway, no further link. What the router itself answers (DNS,
 * metadata) is for its own domain. First packets only; the rest belong to a connection.
 */
import type { Link, LinkEnd, Plan } from '../../plan/plan.ts';
import { type Family, ofFamily } from './family.ts';
import { FAR_MAC, linkName, MTU, ROUTER_MAC } from './names.ts';
import { type Chain, type NftSet, plain, quoted, set } from './nft.ts';
import { nextHops } from './render-links.ts';
import type { Interface } from './state.ts';

/** A link as one of its ends sees it. */
export interface NearLink {
  readonly name: string;
  readonly near: LinkEnd;
  readonly far: LinkEnd;
  readonly mtu: number;
  /** This end makes the pair. */
  readonly isFirst: boolean;
}

/** By domain. */
export function linksOf(plan: Plan): ReadonlyMap<string, readonly NearLink[]> {
  const all = plan.links.flatMap(({ id, ends: [first, second], mtu }: Link) => [
    { name: linkName(id), near: first, far: second, mtu, isFirst: true },
    { name: linkName(id), near: second, far: first, mtu, isFirst: false },
  ]);
  return Map.groupBy(all, ({ near }) => near.domain);
}

export function linkInterface({ name, far, mtu, isFirst }: NearLink): Interface {
  const peer = isFirst ? { namespace: far.domain, name, mac: FAR_MAC } : null;
  return { name, mac: isFirst ? ROUTER_MAC : FAR_MAC, mtu, peer };
}

export function linkNeighbours(hasIpv6: boolean, { name, isFirst }: NearLink): string[] {
  return nextHops(hasIpv6, isFirst ? FAR_MAC : ROUTER_MAC, name);
}

/** IP and TCP headers without options. */
const HEADERS = { ip: 40, ip6: 60 } as const;
/** Where the packet that an ICMP error tells of has its destination, and what crossings' begin with: theirs is another stage. */
const TOO_LARGE = {
  ip: 'icmp type destination-unreachable @th,192,32 & 0xf0000000 != 0xf0000000',
  ip6: 'icmpv6 type packet-too-big @th,256,16 != 0xfdcf',
} as const;
const DROP = 'counter name "link" drop';

export interface LinkProgram {
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
  /** In the chain of what the router itself sends. */
  readonly answers: readonly string[];
}

/** In the words of table `ip`. */
export function linkProgram(family: Family, links: readonly NearLink[], hasSpread: boolean): LinkProgram {
  if (links.length === 0) return { sets: {}, chains: {}, answers: [] };
  const narrow = links.filter(({ mtu }) => mtu < MTU);
  const pairs = links.flatMap(({ name, near, far }) =>
    ofFamily(family, near.cidrs).flatMap((from) =>
      ofFamily(family, far.cidrs).map((to) => `"${name}" . ${from} . ${to}`),
    ),
  );
  // Nobody is told what was too large, so TCP is told at its start.
  const clamps = [...new Set(narrow.map(({ mtu }) => mtu))].map(
    (mtu) => `iifname @links_${mtu} tcp flags & syn == syn tcp option maxseg size set ${mtu - HEADERS[family]}`,
  );
  return {
    sets: {
      linked: set('ifname . ipv4_addr . ipv4_addr; flags interval', pairs),
      ...Object.fromEntries(
        narrow.map(({ mtu }) => [
          `links_${mtu}`,
          set('ifname', quoted(narrow.filter((each) => each.mtu === mtu).map(({ name }) => name))),
        ]),
      ),
    },
    chains: {
      from_link: plain([
        ...clamps,
        'ct state established,related accept',
        'ct state invalid goto stray',
        'ip daddr . meta l4proto . th dport @own counter name "router" drop',
        'accept',
      ]),
      to_link: plain([
        'ct state established,related accept',
        // A load balancer's target that is not here is nowhere.
        ...(hasSpread ? ['ct mark != 0 counter name "route" drop'] : []),
        'oifname . ip saddr . ip daddr @linked accept',
        DROP,
      ]),
    },
    answers: narrow.length === 0 ? [] : [`${TOO_LARGE[family]} ${DROP}`],
  };
}
