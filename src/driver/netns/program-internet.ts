/**
 * The packet program of the internet domain: each gateway's link may send from its customers' public addresses and nothing
 * else, to other public addresses, to AWS's public services and to mirrors. Stateless: customers' routers track.
 */
import type { Plan } from '../../plan/plan.ts';
import { type Family, familyOf, NEIGHBOURLY_DROP, ofFamily, spelled, UNREACHABLE_DROP } from './family.ts';
import { base, map, NO_TABLE, type Program, plain, quoted, set, type Table } from './nft.ts';

const STAGES = ['source', 'route', 'router'] as const;

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
  { services, mirrors }: Pick<Plan, 'services' | 'mirrors'>,
): Program {
  const table = (family: Family): Table => {
    const own = [
      ...services.map((service) => `${service.internetAddress} . 6 . ${service.port}`),
      ...mirrors.map((mirror) => `${mirror.address} . 6 . ${mirror.port}`),
    ];
    return spelled(family, {
      counters: STAGES,
      timeouts: {},
      sets: {
        sources: set(
          'ifname . ipv4_addr',
          publics
            .filter(({ address }) => familyOf(address) === family)
            .flatMap(({ address, sources }) => sources.map((link) => `"${link}" . ${address}`)),
        ),
        own: set('ipv4_addr . inet_proto . inet_service', ofFamily(family, own)),
        exit: map('ifname : verdict', ['"lo" : goto no_route', ...quoted(links).map((link) => `${link} : accept`)]),
      },
      chains: {
        source: base('filter hook prerouting priority raw; policy drop;', [
          ...(family === 'ip6' ? [NEIGHBOURLY_DROP] : []),
          'iifname . ip saddr @sources accept',
          'counter name "source" drop',
        ]),
        forward: base('filter hook forward priority filter; policy drop;', ['oifname vmap @exit']),
        no_route: plain(['counter name "route" drop']),
        router: base('filter hook input priority filter; policy drop;', [
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
    arp: SILENT_ARP,
  };
}

/** Nobody needs ARP on links whose ends are known. */
export const SILENT_ARP = {
  counters: [],
  timeouts: {},
  sets: {},
  chains: { input: base('filter hook input priority 0; policy drop;', []) },
};
