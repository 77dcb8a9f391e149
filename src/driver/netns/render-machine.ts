/** The namespace of an instance or of a resolver endpoint's address: an end of a link for each of its ports, with its addresses and the way out. */
import { isIpv6 } from '../../net/ip.ts';
import type { Host } from '../../plan/hosts.ts';
import type { Port } from '../../plan/plan.ts';
import { FIRST_SOURCE_TABLE, linkLocal, METRIC_6, MTU, machineLink, ROUTER_MAC, TABLE_MAIN } from './names.ts';
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
  const devices = ports.map((port): Device => {
    const segment = index.segments.get(port.segment);
    return {
      port,
      at: port.machine?.deviceIndex ?? 0,
      name: machineLink(port.machine?.deviceIndex ?? 0),
      router: segment?.routerAddress ?? null,
      cidr: segment?.cidr ?? null,
      hasIpv6: port.addresses.some(isIpv6),
    };
  });
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
    addresses: devices.flatMap(({ name, port, cidr }) =>
      port.addresses.map((address) => `${address}/${isIpv6(address) ? 128 : (cidr?.split('/')[1] ?? 32)} dev ${name}`),
    ),
    neighbours: devices.flatMap(({ name, router, hasIpv6 }) =>
      [router ?? [], hasIpv6 ? ROUTER_6 : []].flat().map((address) => `${address} lladdr ${ROUTER_MAC} dev ${name}`),
    ),
    routes: [...devices.flatMap((device) => ways(device, TABLE_MAIN)), ...sourceRoutes(devices)],
    rules: devices.length < 2 ? [] : devices.flatMap(sourceRules),
    program: null,
    fast: [],
    headers: [],
    tracked: [],
    cuts: [],
  };
}

interface Device {
  readonly port: Port;
  readonly at: number;
  readonly name: string;
  /** Of IPv4, and its subnet; null: IPv6 only. */
  readonly router: string | null;
  readonly cidr: string | null;
  readonly hasIpv6: boolean;
}

/** The ways out; of several in one table the first interface's is taken. */
function ways({ at, name, router, hasIpv6 }: Device, table: number): string[] {
  const metric = (first: number) => (at === 0 || table !== TABLE_MAIN ? '' : ` metric ${first + 100 + at}`);
  // onlink: it must not fail because root in there removed the subnet's route.
  return [
    ...(router === null ? [] : [`default via ${router} dev ${name} table ${table}${metric(0)} onlink`]),
    ...(hasIpv6 ? [`::/0 via ${ROUTER_6} dev ${name} table ${table}${metric(METRIC_6)} onlink`] : []),
  ];
}

const sourceTable = ({ at }: Device) => FIRST_SOURCE_TABLE + at;

/**
 * What has an interface's address leaves by that interface: by another it would be of a stranger, and dropped. The first one's
 * way out is the main table's; only the others' subnets, which the kernel would look for at their own interfaces, are told apart.
 */
function sourceRoutes([first, ...others]: readonly Device[]): string[] {
  if (first === undefined || others.length === 0) return [];
  const { router, name } = first;
  const cidrs = router === null ? [] : [...new Set(others.flatMap(({ cidr }) => cidr ?? []))];
  return [
    ...cidrs.map((cidr) => `${cidr} via ${router} dev ${name} table ${sourceTable(first)} onlink`),
    ...others.flatMap((device) => ways(device, sourceTable(device))),
  ];
}

function sourceRules(device: Device): string[] {
  const table = sourceTable(device);
  return device.port.addresses.map((address) => `from ${address} lookup ${table} priority ${table}`);
}
