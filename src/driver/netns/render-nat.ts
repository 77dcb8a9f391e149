/**
 * A NAT gateway: a namespace at the end of its port's link, where connections of others get its address and a port of it. What the
 * router sends there comes back to the router, which routes it by the table of the gateway's own subnet, so that all else (internet
 * gateway, network ACLs) is judged as for an instance there. Its tracking forgets what is silent. IPv4 only.
 */
import { NAT_IDLE_SECONDS } from '../../plan/fixed.ts';
import type { NatGateway } from '../../plan/plan.ts';
import { IS_FIRST, IS_RESET } from './counting.ts';
import { MTU, machineLink, type PortRange, ROUTER_MAC, TABLE_MAIN } from './names.ts';
import { base, counted, NO_TABLE, type Program, set } from './nft.ts';
import { SILENT_ARP } from './program-internet.ts';
import type { Index } from './render-index.ts';
import { localRoute, nextHops, ROUTER_SYSCTLS, through } from './render-links.ts';
import type { NamespaceState } from './state.ts';

const IDLE_SECONDS = String(NAT_IDLE_SECONDS);
const LINK = machineLink(0);

const SYSCTLS = {
  'netfilter/nf_conntrack_tcp_loose': '0',
  'netfilter/nf_conntrack_tcp_be_liberal': '1',
  'netfilter/nf_conntrack_tcp_timeout_established': IDLE_SECONDS,
  'netfilter/nf_conntrack_tcp_timeout_time_wait': '10',
  'netfilter/nf_conntrack_udp_timeout': IDLE_SECONDS,
  'netfilter/nf_conntrack_udp_timeout_stream': IDLE_SECONDS,
  'ipv4/ip_early_demux': '0',
};

export function natGateway({
  it,
  portById,
  natPorts,
}: Index & { it: NatGateway; natPorts: PortRange }): NamespaceState {
  const { id, address } = it;
  return {
    id,
    kind: 'router',
    sysctls: { ...ROUTER_SYSCTLS, ...SYSCTLS },
    interfaces: [{ name: LINK, mac: portById.get(it.port)?.mac ?? '', mtu: MTU, peer: null }],
    addresses: [],
    neighbours: nextHops(false, ROUTER_MAC, LINK),
    routes: [localRoute(address), `default ${through(address, LINK)} table ${TABLE_MAIN} onlink`],
    rules: [],
    program: program(address, natPorts),
    fast: [],
    headers: [],
    tracked: [],
    cuts: [],
  };
}

function program(address: string, { from, to }: PortRange): Program {
  const drop = 'counter name "nat" drop';
  return {
    ip: {
      counters: ['nat'],
      timeouts: {},
      sets: {
        carried: set('inet_proto', ['1', '6', '17']),
        metered: counted('ct_dir', ['original', 'reply']),
        metered_new: counted('ct_dir', ['original']),
        metered_resets: counted('ct_dir', ['original', 'reply']),
      },
      chains: {
        nat: base('filter hook prerouting priority mangle; policy drop;', [
          'ct state established,related accept',
          // Nobody comes in; who was forgotten inside is told.
          `ip daddr ${address} ${drop}`,
          'ct state invalid meta l4proto 6 reject with tcp reset',
          `ct state invalid ${drop}`,
          'meta l4proto @carried accept',
          drop,
        ]),
        forward: base('filter hook forward priority filter; policy accept;', []),
        rewrite_source: base('nat hook postrouting priority srcnat; policy accept;', [
          `meta l4proto 6 snat ip to ${address}:${from}-${to}`,
          `meta l4proto 17 snat ip to ${address}:${from}-${to}`,
          `snat ip to ${address}`,
        ]),
        metering: base('filter hook postrouting priority 200; policy accept;', [
          `${IS_FIRST} ct direction @metered_new`,
          `${IS_RESET} ct direction @metered_resets`,
          'ct direction @metered',
        ]),
        router: base('filter hook input priority filter; policy drop;', [drop]),
        answer: base('filter hook output priority filter; policy drop;', ['tcp flags & rst == rst accept']),
      },
    },
    ip6: NO_TABLE,
    arp: SILENT_ARP,
  };
}
