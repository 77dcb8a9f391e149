/** The namespace of an instance or of a resolver endpoint's address: an end of a link for each of its ports, with its addresses and the way out. */
import { isIpv6 } from '../../net/ip.ts';
import type { Host } from '../../plan/hosts.ts';
import { linkLocal, MTU, machineLink, ROUTER_MAC, TABLE_MAIN } from './names.ts';
import { type Index, isLive } from './render-index.ts';
import { COMMON_SYSCTLS } from './render-links.ts';
import type { NamespaceState } from './state.ts';

/** Addresses and routes are given, as IPv4's are: nothing is asked of the router, nothing taken from it. */
const MACHINE_IPV6 = [
  ['accept_ra', '0'],
  ['accept_dad', '0'],
  ['disable_ipv6', '0'],
] as const;
const ROUTER_6 = linkLocal(ROUTER_MAC);

export function hostNamespace(index: Index & { readonly it: Host }): NamespaceState {
  const host = index.it;
  const ports = host.ports.flatMap((id) => {
    const port = index.portById.get(id);
    return port !== undefined && isLive(index, port) ? [port] : [];
  });
  const devices = ports.map((port) => ({
    port,
    name: machineLink(port.machine?.deviceIndex ?? 0),
    router: index.segments.get(port.segment)?.routerAddress ?? '',
    prefix: index.segments.get(port.segment)?.cidr.split('/')[1] ?? '32',
    hasIpv6: port.addresses.some(isIpv6),
  }));
  return {
    id: host.id,
    kind: 'machine',
    sysctls: {
      ...COMMON_SYSCTLS,
      ...Object.fromEntries(
        devices
          .filter(({ hasIpv6 }) => hasIpv6)
          .flatMap(({ name }) => MACHINE_IPV6.map(([key, value]) => [`ipv6/conf/${name}/${key}`, value])),
      ),
    },
    interfaces: devices.map(({ name, port }) => ({ name, mac: port.mac, mtu: MTU, peer: null })),
    // An IPv6 address stands alone: all its subnet is found through the router.
    addresses: devices.flatMap(({ name, port, prefix }) =>
      port.addresses.map((address) => `${address}/${isIpv6(address) ? 128 : prefix} dev ${name}`),
    ),
    neighbours: devices.flatMap(({ name, router, hasIpv6 }) =>
      [router, ...(hasIpv6 ? [ROUTER_6] : [])].map((address) => `${address} lladdr ${ROUTER_MAC} dev ${name}`),
    ),
    routes: devices.flatMap(({ name, router, hasIpv6 }, at) => {
      const metric = at === 0 ? '' : ` metric ${100 + at}`;
      // onlink: it must not fail because root in there removed the subnet's route.
      return [
        `default via ${router} dev ${name} table ${TABLE_MAIN}${metric} onlink`,
        ...(hasIpv6 ? [`::/0 via ${ROUTER_6} dev ${name} table ${TABLE_MAIN}${metric} onlink`] : []),
      ];
    }),
    rules: [],
    program: null,
    fast: [],
    headers: [],
    tracked: [],
    cuts: [],
  };
}
