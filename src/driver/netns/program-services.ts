/**
 * The packet program of the services domain, the providers' side of every crossing and gateway endpoint: in comes what an open
 * one sends to its listener, and echo requests of gateways; out goes what answers it. A provider cannot originate: a first packet of a connection is dropped here,
 * and again at the consumer's end, which takes only what belongs to a connection of its own.
 */
import type { Crossing, ServiceGateway } from '../../plan/plan.ts';
import { crossingsOf, type Family, familyOf, NEIGHBOURLY_DROP, spelled, UNREACHABLE_DROP } from './family.ts';
import { crossingLink } from './names.ts';
import { base, NO_TABLE, type Program, set, type Table } from './nft.ts';
import { SILENT_ARP } from './program-internet.ts';
import { PROTOCOLS } from './spread.ts';

const STAGES = ['cross', 'route'] as const;

export function servicesProgram(crossings: readonly Crossing[], gateways: readonly ServiceGateway[]): Program {
  const table = (family: Family) => spelled(family, servicesTable(family, crossingsOf(family, crossings), gateways));
  const hasIpv6 = crossings.some(({ address }) => familyOf(address) === 'ip6');
  return { ip: table('ip'), ip6: hasIpv6 ? table('ip6') : NO_TABLE, arp: SILENT_ARP };
}

/** In the words of table `ip`. Gateway endpoints are of IPv4 only. */
function servicesTable(family: Family, crossings: readonly Crossing[], all: readonly ServiceGateway[]): Table {
  const open = crossings.filter((crossing) => crossing.open);
  const gateways = family === 'ip' ? all : [];
  const only = (which: Family, ...rules: readonly string[]) => (family === which ? rules : []);
  return {
    counters: STAGES,
    timeouts: {},
    sets: {
      crossings: set('ifname . ipv4_addr . ipv4_addr . inet_proto . inet_service', [
        ...open.flatMap((crossing) =>
          crossing.listeners.map(({ protocol, targetPort }) => {
            const { linkAddress, targetAddress, consumer } = crossing;
            return `"${crossingLink(consumer)}" . ${linkAddress} . ${targetAddress} . ${PROTOCOLS[protocol]} . ${targetPort}`;
          }),
        ),
        ...gateways.map((gateway) => `${wayOf(gateway)} . ${PROTOCOLS.tcp} . ${gateway.port}`),
      ]),
      gateways: set('ifname . ipv4_addr . ipv4_addr', gateways.map(wayOf)),
    },
    chains: {
      forward: base('filter hook forward priority filter; policy drop;', ['counter name "route" drop']),
      cross: base('filter hook input priority filter; policy drop;', [
        ...only('ip6', NEIGHBOURLY_DROP),
        'iifname . ip saddr . ip daddr . meta l4proto . th dport @crossings accept',
        ...only('ip', 'icmp type echo-request iifname . ip saddr . ip daddr @gateways accept'),
        'counter name "cross" drop',
      ]),
      answer: base('filter hook output priority filter; policy drop;', [
        ...only('ip6', NEIGHBOURLY_DROP, UNREACHABLE_DROP),
        'tcp flags & (syn | ack) == syn counter name "cross" drop',
        'oifname . ip daddr . ip saddr . meta l4proto . th sport @crossings accept',
        ...only('ip', 'icmp type echo-reply oifname . ip daddr . ip saddr @gateways accept'),
        'counter name "cross" drop',
      ]),
    },
  };
}

function wayOf({ domain, linkAddress, address }: ServiceGateway): string {
  return `"${crossingLink(domain)}" . ${linkAddress} . ${address}`;
}
