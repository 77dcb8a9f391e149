/** The internet, a domain that Culvert owns, and its way to the real world. */
import { TAP } from '../../host/outside.ts';
import { isIpv6 } from '../../net/ip.ts';
import { OWN_PUBLIC } from '../../plan/blocks.ts';
import type { Plan, Port } from '../../plan/plan.ts';
import { gatewayLink, INTERNET, INTERNET_MAC, MTU, ROUTER_MAC, TABLE_MAIN } from './names.ts';
import { internetProgram, type PublicAddress } from './program-internet.ts';
import { type Index, isLive } from './render-index.ts';
import { IPV6_SYSCTLS, localRoute, nextHops, ROUTER_SYSCTLS, through, unique } from './render-links.ts';
import type { NamespaceState } from './state.ts';
import { outsideAddresses } from './tunnels.ts';

type Way = Pick<NamespaceState, 'sysctls' | 'interfaces' | 'addresses' | 'neighbours' | 'routes'>;

const NO_WAY: Way = {
  ...{ sysctls: {}, interfaces: [], addresses: [], neighbours: [] },
  routes: [`default dev lo table ${TABLE_MAIN}`],
};

/** Addresses of the internet domain's own that nobody has are nobody's outside either. */
const WAY_OUTSIDE: Way = {
  // As of a NAT gateway; connections of many leave from one address.
  sysctls: { 'netfilter/nf_conntrack_tcp_be_liberal': '1', 'netfilter/nf_conntrack_tcp_timeout_time_wait': '10' },
  interfaces: [{ name: TAP.name, mac: TAP.mac, mtu: TAP.mtu, peer: null, isTap: true }],
  addresses: [`${TAP.address}/32 dev ${TAP.name}`],
  neighbours: [`${TAP.far} lladdr ${TAP.farMac} dev ${TAP.name}`],
  routes: [
    `${OWN_PUBLIC} dev lo table ${TABLE_MAIN}`,
    `default via ${TAP.far} dev ${TAP.name} table ${TABLE_MAIN} onlink`,
  ],
};

export function internet(plan: Plan, index: Index): NamespaceState {
  const tunnels = outsideAddresses(plan);
  const links = [
    ...plan.gateways.map((gateway) => gatewayLink(gateway.id)),
    ...unique(tunnels.map(({ link }) => link)),
  ];
  const publics = [
    ...plan.ports.flatMap((port) =>
      port.kind === 'machine' && !isLive(index, port) ? [] : publicAddresses(index, port),
    ),
    ...tunnels.map(({ address, link }) => ({ address, link, sources: [link] })),
  ];
  const way = plan.outside === null ? NO_WAY : WAY_OUTSIDE;
  const hasIpv6 = publics.some(({ address }) => isIpv6(address));
  return {
    id: INTERNET,
    kind: 'router',
    sysctls: { ...ROUTER_SYSCTLS, ...(hasIpv6 ? IPV6_SYSCTLS : {}), ...way.sysctls },
    interfaces: [...links.map((name) => ({ name, mac: INTERNET_MAC, mtu: MTU, peer: null })), ...way.interfaces],
    addresses: way.addresses,
    neighbours: [...links.flatMap((link) => nextHops(hasIpv6, ROUTER_MAC, link)), ...way.neighbours],
    routes: [
      ...unique(plan.services.map((service) => service.internetAddress)).map(localRoute),
      ...plan.mirrors.map((mirror) => localRoute(mirror.address)),
      ...publics.map(({ address, link }) => `${address} ${through(address, link)} table ${TABLE_MAIN} onlink`),
      ...way.routes,
    ],
    rules: [],
    program: internetProgram(publics, links, plan),
    fast: [],
    headers: [],
    tracked: [],
    cuts: [],
  };
}

function publicAddresses(index: Index, port: Port): readonly PublicAddress[] {
  const gateways = index.gatewaysOf.get(port.domain) ?? [];
  const first = gateways.find(({ kind }) => kind === 'internet');
  const link = first && gatewayLink(first.id);
  const ipv4: readonly PublicAddress[] =
    link === undefined
      ? []
      : port.publics.map(({ publicAddress }) => ({ address: publicAddress, link, sources: [link] }));
  const gateway = index.segments.get(port.segment)?.ipv6Gateway ?? null;
  if (gateway === null || port.deniesInternet) return ipv4;
  const sources = gateways.map(({ id }) => gatewayLink(id));
  const ipv6 = port.addresses.filter(isIpv6).map((address) => ({ address, link: gatewayLink(gateway), sources }));
  return [...ipv4, ...ipv6];
}
