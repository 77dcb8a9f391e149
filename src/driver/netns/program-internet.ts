/**
 * The packet program of the internet domain: each gateway's link may send from its customers' public addresses and nothing
 * else, to other public addresses, to AWS's public services and to mirrors. Stateless: customers' routers track. What goes outside
 * leaves from one address, and so is tracked; the rest is not on its account.
 */
import { TAP } from '../../host/outside.ts';
import { cidrOf } from '../../net/cidr.ts';
import { formatIp } from '../../net/ip.ts';
import { OWN_PUBLIC } from '../../plan/blocks.ts';
import type { Outside, Plan } from '../../plan/plan.ts';
import { type Family, familyOf, NEIGHBOURLY_DROP, ofFamily, spelled, UNREACHABLE_DROP } from './family.ts';
import { base, map, NO_TABLE, type Program, plain, quoted, set, type Table } from './nft.ts';

const STAGES = ['source', 'route', 'router'] as const;
const OUTSIDE = 'outside';
const OUTSIDE_DROP = `counter name "${OUTSIDE}" drop`;

export interface PublicAddress {
  readonly address: string;
  /** The link of the gateway that it is reached through. */
  readonly link: string;
  /** Those of all gateways that it may come from. */
  readonly sources: readonly string[];
}

export function internetProgram(
  publics: readonly PublicAddress[],
  links: readonly string[],
  { services, mirrors, outside }: Pick<Plan, 'services' | 'mirrors' | 'outside'>,
): Program {
  const table = (family: Family): Table => {
    const way = outside === null || family === 'ip6' ? NO_WAY : wayOutside(outside);
    const own = [
      ...services.map((service) => `${service.internetAddress} . 6 . ${service.port}`),
      ...mirrors.map((mirror) => `${mirror.address} . 6 . ${mirror.port}`),
    ];
    return spelled(family, {
      counters: [...STAGES, ...way.counters],
      timeouts: {},
      sets: {
        sources: set(
          'ifname . ipv4_addr',
          publics
            .filter(({ address }) => familyOf(address) === family)
            .flatMap(({ address, sources }) => sources.map((link) => `"${link}" . ${address}`)),
        ),
        own: set('ipv4_addr . inet_proto . inet_service', ofFamily(family, own)),
        exit: map('ifname : verdict', [
          '"lo" : goto no_route',
          ...quoted(links).map((link) => `${link} : accept`),
          ...way.exits,
        ]),
        ...way.sets,
      },
      chains: {
        source: base('filter hook prerouting priority raw; policy drop;', [
          ...(family === 'ip6' ? [NEIGHBOURLY_DROP] : []),
          ...way.enter,
          'iifname . ip saddr @sources accept',
          'counter name "source" drop',
        ]),
        forward: base('filter hook forward priority filter; policy drop;', [...way.first, 'oifname vmap @exit']),
        ...way.chains,
        no_route: plain(['counter name "route" drop']),
        router: base('filter hook input priority filter; policy drop;', [
          ...way.first,
          'ip daddr . meta l4proto . th dport @own accept',
          'counter name "router" drop',
        ]),
        answer: base('filter hook output priority filter; policy drop;', [
          'ip saddr . meta l4proto . th sport @own accept',
          ...(family === 'ip6' ? [UNREACHABLE_DROP] : []),
        ]),
      },
    });
  };
  return {
    ip: table('ip'),
    ip6: publics.some(({ address }) => familyOf(address) === 'ip6') ? table('ip6') : NO_TABLE,
    arp: outside === null ? SILENT_ARP : TAP_ARP,
  };
}

/** Nobody needs ARP on links whose ends are known. */
export const SILENT_ARP = {
  counters: [],
  timeouts: {},
  sets: {},
  chains: { input: base('filter hook input priority 0; policy drop;', []) },
};

/** Whose network the tap is asks for the tap's address. */
const TAP_ARP = {
  ...SILENT_ARP,
  chains: { input: base('filter hook input priority 0; policy drop;', [`iifname "${TAP.name}" accept`]) },
};

interface Way extends Pick<Table, 'counters' | 'sets' | 'chains'> {
  readonly exits: readonly string[];
  /** Where packets come in, before it is asked whose they are. */
  readonly enter: readonly string[];
  /** Before it is asked where they go. */
  readonly first: readonly string[];
}

const NO_WAY: Way = { counters: [], sets: {}, chains: {}, exits: [], enter: [], first: [] };

/** What comes from there answers, and nothing else; what is closed stays so for connections that were there before. */
function wayOutside({ closed, echoes }: Outside): Way {
  const tap = `"${TAP.name}"`;
  return {
    counters: [OUTSIDE],
    exits: [`${tap} : goto ${OUTSIDE}`],
    enter: [`ip daddr ${OWN_PUBLIC} notrack`, `iifname ${tap} accept`],
    first: [`iifname ${tap} goto ${OUTSIDE}`],
    sets: {
      closed: { ...set('ipv4_addr', rangesOf(closed)), hasRanges: true },
      carried: set('inet_proto', ['6', '17']),
    },
    chains: {
      [OUTSIDE]: plain([
        `oifname ${tap} ip daddr @closed ${OUTSIDE_DROP}`,
        'ct state established,related accept',
        `iifname ${tap} ${OUTSIDE_DROP}`,
        'meta l4proto @carried accept',
        ...(echoes ? ['icmp type echo-request accept'] : []),
        OUTSIDE_DROP,
      ]),
      rewrite_source: base('nat hook postrouting priority srcnat; policy accept;', [
        `oifname ${tap} snat ip to ${TAP.address}`,
      ]),
      // What answers for services and mirrors here.
      untracked: base('filter hook output priority raw; policy accept;', ['notrack']),
    },
  };
}

/** Blocks that do not meet; those that touch become one. */
function rangesOf(blocks: readonly string[]): readonly string[] {
  const ranges: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of blocks.map(cidrOf)) {
    const before = ranges.at(-1);
    if (before !== undefined && before.last + 1n === first) before.last = last;
    else ranges.push({ first, last });
  }
  const text = (value: bigint) => formatIp({ version: 4, value });
  return ranges.map(({ first, last }) => (first === last ? text(first) : `${text(first)}-${text(last)}`));
}
