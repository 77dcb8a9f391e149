/** What namespaces of several kinds have alike: settings of the kernel, and links whose two ends must agree. */
import { isIpv6 } from '../../net/ip.ts';
import { CROSSING_MTU } from '../../plan/fixed.ts';
import { crossingLink, FAR_MAC, NEXT_HOP, NEXT_HOP_6, ROUTER_MAC, SERVICES, TABLE_LOCAL } from './names.ts';
import type { Interface } from './state.ts';

// Reno: on links without loss as fast as CUBIC, and the one algorithm that every host allows in a namespace. A host's default
// of BBR, without fq underneath, halves a veth's throughput.
export const COMMON_SYSCTLS = { 'ipv4/tcp_congestion_control': 'reno', 'ipv6/conf/default/disable_ipv6': '1' };

export const ROUTER_SYSCTLS = {
  // First: it resets others.
  'ipv4/ip_forward': '1',
  ...COMMON_SYSCTLS,
  'ipv6/conf/all/disable_ipv6': '1',
  ...Object.fromEntries(
    ['rp_filter', 'send_redirects', 'accept_redirects', 'accept_source_route', 'log_martians'].flatMap((name) => [
      [`ipv4/conf/all/${name}`, '0'],
      [`ipv4/conf/default/${name}`, '0'],
    ]),
  ),
  // The program judges sources. Without this the kernel looks each one up among its routes.
  'ipv4/conf/all/accept_local': '1',
};

/** Routers where packets of IPv6 are somebody's. */
export const IPV6_SYSCTLS = {
  ...Object.fromEntries(
    ['all', 'default'].flatMap((scope) => [
      [`ipv6/conf/${scope}/forwarding`, '1'],
      [`ipv6/conf/${scope}/accept_ra`, '0'],
      [`ipv6/conf/${scope}/accept_redirects`, '0'],
      [`ipv6/conf/${scope}/accept_dad`, '0'],
    ]),
  ),
  // Refusals are counted in place of being sent: without a limit, save for those of size (2).
  'ipv6/icmp/ratemask': '2',
  'ipv6/conf/default/disable_ipv6': '0',
  'ipv6/conf/all/disable_ipv6': '0',
};

/** A link of two VPCs is made by the one whose id comes first, the one to the services' domain by the VPC. */
export function crossingMac(domain: string, far: string): string {
  return domain !== SERVICES && (far === SERVICES || domain < far) ? ROUTER_MAC : FAR_MAC;
}

export function crossingInterface(domain: string, far: string): Interface {
  const mac = crossingMac(domain, far);
  const peer =
    mac === ROUTER_MAC ? { namespace: far, name: crossingLink(domain), mac: crossingMac(far, domain) } : null;
  return { name: crossingLink(far), mac, mtu: CROSSING_MTU, peer };
}

/** The way to an address, or a block, over a link of two. */
export function through(address: string, link: string): string {
  return `via ${isIpv6(address) ? NEXT_HOP_6 : NEXT_HOP} dev ${link}`;
}

export function nextHops(hasIpv6: boolean, mac: string, link: string): string[] {
  return [NEXT_HOP, ...(hasIpv6 ? [NEXT_HOP_6] : [])].map((address) => `${address} lladdr ${mac} dev ${link}`);
}

export const localRoute = (address: string) => `local ${address} dev lo table ${TABLE_LOCAL}`;

export function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
