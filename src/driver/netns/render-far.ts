/** The internet, a domain that Culvert owns. */
import { isIpv6 } from '../../net/ip.ts';
import type { Plan, Port } from '../../plan/plan.ts';
import { FAR_MAC, gatewayLink, INTERNET, MTU, ROUTER_MAC, TABLE_MAIN } from './names.ts';
import { internetProgram, type PublicAddress } from './program-internet.ts';
import { type Index, isLive } from './render-index.ts';
import { IPV6_SYSCTLS, localRoute, nextHops, ROUTER_SYSCTLS, through, unique } from './render-links.ts';
import type { NamespaceState } from './state.ts';
import { outsideAddresses } from './tunnels.ts';

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
  const hasIpv6 = publics.some(({ address }) => isIpv6(address));
  return {
    id: INTERNET,
    kind: 'router',
    sysctls: hasIpv6 ? { ...ROUTER_SYSCTLS, ...IPV6_SYSCTLS } : ROUTER_SYSCTLS,
    interfaces: links.map((name) => ({ name, mac: FAR_MAC, mtu: MTU, peer: null })),
    addresses: [],
    neighbours: links.flatMap((link) => nextHops(hasIpv6, ROUTER_MAC, link)),
    routes: [
      ...unique(plan.services.map((service) => service.internetAddress)).map(localRoute),
      ...plan.mirrors.map((mirror) => localRoute(mirror.address)),
      ...publics.map(({ address, link }) => `${address} ${through(address, link)} table ${TABLE_MAIN} onlink`),
      `default dev lo table ${TABLE_MAIN}`,
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
