/**
 * Plan → what the kernel must have. Pure. A namespace for each domain (its router) and each machine; a veth for each port of
 * a running machine, each gateway and each pair of domains with crossings; addresses that the router answers for as local
 * routes. What no route takes is routed to lo, where the program counts and drops it: the kernel itself never answers.
 * The topology's reasons are in docs/decisions/routed-namespaces.md.
 */
import type {
  Balancer,
  Crossing,
  Domain,
  Filter,
  Machine,
  Plan,
  Pool,
  Port,
  RouteTable,
  Segment,
  ServiceGateway,
} from '../../plan/plan.ts';
import {
  crossingLink,
  FAR_MAC,
  gatewayLink,
  INTERNET,
  MTU,
  machineLink,
  NEXT_HOP,
  PRIORITY_CROSS,
  PRIORITY_CUSTOMER,
  portLink,
  ROUTER_MAC,
  SERVICES,
  TABLE_CROSS,
  TABLE_MAIN,
  tableNumbers,
} from './names.ts';
import { internetProgram, type PublicAddress } from './program-internet.ts';
import { crossingInterface, crossingMac, localRoute, renderServices, unique } from './render-services.ts';
import { PROTOCOLS, spreadCuts } from './spread.ts';
import type { Interface, KernelState, NamespaceState } from './state.ts';
import { vpcProgram } from './vpc-parts.ts';

// Reno: on links without loss as fast as CUBIC, and the one algorithm that every host allows in a namespace. A host's default
// of BBR, without fq underneath, halves a veth's throughput.
const COMMON_SYSCTLS = { 'ipv4/tcp_congestion_control': 'reno', 'ipv6/conf/default/disable_ipv6': '1' };

const ROUTER_SYSCTLS = {
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

const VPC_SYSCTLS = {
  ...ROUTER_SYSCTLS,
  'ipv4/conf/default/proxy_arp': '1',
  // Closed connections are forgotten soon: ports of busy clients come round.
  'netfilter/nf_conntrack_tcp_timeout_time_wait': '10',
  // A connection is known from its first packet or not at all. What is known is not measured by its window: a stray segment
  // must not look like one of a connection that was forgotten, and get it reset.
  'netfilter/nf_conntrack_tcp_loose': '0',
  'netfilter/nf_conntrack_tcp_be_liberal': '1',
};

/** Of endpoints of AWS's own services. https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html */
const IDLE_SECONDS = { tcp: 350, udp: 120 } as const;

export function render(plan: Plan): KernelState {
  const index = indexOf(plan);
  const namespaces = new Map<string, NamespaceState>();
  for (const domain of plan.domains) {
    if (domain.kind === 'vpc') namespaces.set(domain.id, vpc(plan, index, domain));
    else if (domain.kind === 'internet') namespaces.set(domain.id, internet(plan, index));
    else namespaces.set(domain.id, renderServices(plan, ROUTER_SYSCTLS));
  }
  for (const machine of plan.machines) namespaces.set(machine.id, machineNamespace(index, machine));
  return { namespaces };
}

interface Index {
  readonly ports: ReadonlyMap<string, readonly Port[]>;
  readonly portById: ReadonlyMap<string, Port>;
  readonly segments: ReadonlyMap<string, Segment>;
  readonly segmentsOf: ReadonlyMap<string, readonly Segment[]>;
  readonly tablesOf: ReadonlyMap<string, readonly RouteTable[]>;
  readonly crossingsOf: ReadonlyMap<string, readonly Crossing[]>;
  /** By provider. */
  readonly providedOf: ReadonlyMap<string, readonly Crossing[]>;
  readonly balancersOf: ReadonlyMap<string, readonly Balancer[]>;
  readonly poolsOf: ReadonlyMap<string, readonly Pool[]>;
  /** Of nodes' listeners: "CROSSING-ADDRESS PROTOCOL PORT", the protocol by its number. */
  readonly idleSeconds: ReadonlyMap<string, number>;
  readonly filters: ReadonlyMap<string, Filter>;
  readonly serviceGatewaysOf: ReadonlyMap<string, readonly ServiceGateway[]>;
  readonly gatewaysOf: ReadonlyMap<string, readonly { readonly id: string }[]>;
  readonly machines: ReadonlyMap<string, Machine>;
}

function indexOf(plan: Plan): Index {
  return {
    ports: Map.groupBy(plan.ports, (port) => port.domain),
    portById: new Map(plan.ports.map((port) => [port.id, port])),
    segments: new Map(plan.segments.map((segment) => [segment.id, segment])),
    segmentsOf: Map.groupBy(plan.segments, (segment) => segment.domain),
    tablesOf: Map.groupBy(plan.routeTables, (table) => table.domain),
    crossingsOf: Map.groupBy(plan.crossings, (crossing) => crossing.consumer),
    providedOf: Map.groupBy(plan.crossings, (crossing) => crossing.provider),
    balancersOf: Map.groupBy(plan.balancers, (balancer) => balancer.domain),
    poolsOf: Map.groupBy(plan.pools, (pool) => pool.domain),
    idleSeconds: new Map(
      plan.balancers
        .flatMap(({ nodes }) => nodes)
        .flatMap(({ crossingAddress, listeners }) =>
          listeners.map((at) => [`${crossingAddress} ${PROTOCOLS[at.protocol]} ${at.port}`, at.idleSeconds] as const),
        ),
    ),
    filters: new Map(plan.filters.map((filter) => [filter.id, filter])),
    serviceGatewaysOf: Map.groupBy(plan.serviceGateways, (gateway) => gateway.domain),
    gatewaysOf: Map.groupBy(plan.gateways, (gateway) => gateway.domain),
    machines: new Map(plan.machines.map((machine) => [machine.id, machine])),
  };
}

/** On the network: plugged into a machine that is to run. A stopped one's link is gone, packets to it find no route. */
function isLive(index: Index, port: Port): boolean {
  return port.kind === 'machine' && port.machine !== null && index.machines.get(port.machine.id)?.wanted === 'running';
}

function vpc(plan: Plan, index: Index, domain: Domain): NamespaceState {
  const all = index.ports.get(domain.id) ?? [];
  const ports = all.filter((port) => isLive(index, port));
  const crossingPorts = all.filter((port) => port.kind === 'crossing');
  const crossings = index.crossingsOf.get(domain.id) ?? [];
  const outward = crossings.filter((crossing) => crossing.provider !== domain.id);
  const inner = crossings.filter((crossing) => crossing.provider === domain.id);
  const provided = (index.providedOf.get(domain.id) ?? []).filter((crossing) => crossing.consumer !== domain.id);
  const balancers = index.balancersOf.get(domain.id) ?? [];
  const pools = new Map((index.poolsOf.get(domain.id) ?? []).map((pool) => [pool.id, pool]));
  const segments = index.segmentsOf.get(domain.id) ?? [];
  const tables = index.tablesOf.get(domain.id) ?? [];
  const gateways = index.gatewaysOf.get(domain.id) ?? [];
  const serviceGateways = index.serviceGatewaysOf.get(domain.id) ?? [];
  const numbers = tableNumbers(tables.map((table) => table.id));
  const tableOf = new Map<string, number>();
  for (const segment of segments) {
    const number = numbers.get(segment.routeTable);
    if (number !== undefined) tableOf.set(segment.id, number);
  }
  const gatewayLinks = gateways.map((gateway) => gatewayLink(gateway.id));
  const beyond = unique([
    ...outward.map(({ provider }) => provider),
    ...provided.map(({ consumer }) => consumer),
    ...serviceGateways.map(() => SERVICES),
  ]);
  const crossingLinks = beyond.map(crossingLink);

  const interfaces: Interface[] = [
    ...ports.map((port) => ({
      name: portLink(port.id),
      mac: ROUTER_MAC,
      mtu: MTU,
      peer: {
        namespace: port.machine?.id ?? '',
        name: machineLink(port.machine?.deviceIndex ?? 0),
        mac: port.mac,
      },
    })),
    ...gatewayLinks.map((name) => ({
      name,
      mac: ROUTER_MAC,
      mtu: MTU,
      peer: { namespace: INTERNET, name, mac: FAR_MAC },
    })),
    ...beyond.map((far) => crossingInterface(domain.id, far)),
  ];
  const owned = [
    ...segments.map((segment) => segment.routerAddress),
    ...domain.resolverAddresses,
    ...domain.metadataAddresses,
    ...all.filter((port) => port.kind !== 'machine').flatMap((port) => port.addresses),
    ...balancers.flatMap(({ nodes }) => nodes.map((node) => node.crossingAddress)),
  ];
  const ways = new Map([
    ...outward.map(({ targetAddress, provider }) => [targetAddress, crossingLink(provider)] as const),
    ...provided.map(({ linkAddress, consumer }) => [linkAddress, crossingLink(consumer)] as const),
  ]);
  return {
    id: domain.id,
    kind: 'router',
    sysctls: {
      ...VPC_SYSCTLS,
      // Else an answer may wait for 0.8 s.
      ...Object.fromEntries(ports.map((port) => [`ipv4/neigh/${portLink(port.id)}/proxy_delay`, '0'])),
    },
    interfaces,
    addresses: [],
    neighbours: [
      ...ports.flatMap((port) =>
        port.addresses.map((address) => `${address} lladdr ${port.mac} dev ${portLink(port.id)}`),
      ),
      ...gatewayLinks.map((link) => `${NEXT_HOP} lladdr ${FAR_MAC} dev ${link}`),
      ...beyond.map((far) => `${NEXT_HOP} lladdr ${crossingMac(far, domain.id)} dev ${crossingLink(far)}`),
    ],
    routes: [
      ...[...new Set(owned)].map(localRoute),
      ...ports.flatMap((port) =>
        port.addresses.map((address) => `${address} dev ${portLink(port.id)} table ${TABLE_MAIN}`),
      ),
      `default dev lo table ${TABLE_MAIN}`,
      ...[...ways].map(([address, link]) => `${address} via ${NEXT_HOP} dev ${link} table ${TABLE_CROSS} onlink`),
      ...tables.flatMap((table) => customerRoutes(table, numbers.get(table.id) ?? 0, new Set(gatewayLinks))),
    ],
    rules: [
      ...(ways.size === 0 ? [] : [`lookup ${TABLE_CROSS} priority ${PRIORITY_CROSS}`]),
      ...[...numbers.values()].map(
        (number) => `fwmark 0x${number.toString(16)} lookup ${number} priority ${PRIORITY_CUSTOMER}`,
      ),
    ],
    program: vpcProgram({
      filters: new Map([
        ...plan.filters.filter((filter) => filter.domain === domain.id).map((each) => [each.id, each] as const),
        ...crossings
          .flatMap(({ guards }) => (guards ?? []).flatMap((id) => index.filters.get(id) ?? []))
          .map((each) => [each.id, each] as const),
      ]),
      hasIpv6: false,
      ports,
      crossingPorts,
      crossings,
      provided,
      idleSeconds: ({ targetAddress }, { protocol, targetPort }) =>
        index.idleSeconds.get(`${targetAddress} ${PROTOCOLS[protocol]} ${targetPort}`) ?? IDLE_SECONDS[protocol],
      spread:
        balancers.length === 0
          ? null
          : {
              balancers,
              pools,
              portById: index.portById,
              inner: inner.filter((crossing) => crossing.open),
              tableOf,
              hasGateway: gateways.length > 0,
              ports,
            },
      serviceGateways: serviceGateways.map((gateway) => ({
        gateway,
        tables: tables.filter((table) => leadsInto(table, gateway)).map((table) => numbers.get(table.id) ?? 0),
      })),
      tableOf,
      gatewayLinks,
      crossingLinks,
      resolverAddresses: domain.resolverAddresses,
      metadataAddresses: domain.metadataAddresses,
    }),
    tracked: [
      ...ports.flatMap((port) => port.addresses.map((address) => `${address} ${port.id}`)),
      ...ports.flatMap((port) => (port.publicAddress === null ? [] : [`${port.publicAddress} ${port.id}`])),
      ...crossings.filter((crossing) => crossing.open).map((crossing) => `${crossing.address} ${crossing.id}`),
      ...provided.filter((crossing) => crossing.open).map((crossing) => `${crossing.linkAddress} ${crossing.id}`),
      ...serviceGateways.map((gateway) => `${gateway.linkAddress} ${gateway.id}`),
      ...all
        .filter((port) => port.kind === 'balancer')
        .flatMap((port) => [
          ...port.addresses.map((address) => `${address} ${port.id}`),
          ...(port.publicAddress === null ? [] : [`${port.publicAddress} ${port.id}`]),
        ]),
    ],
    cuts: [
      ...inner.filter((crossing) => !crossing.open).map((crossing) => crossing.address),
      ...spreadCuts(balancers, pools),
    ],
  };
}

/** The longest prefix wins inside the table; what it calls local goes on to the main table, and what it does not know to lo. */
function customerRoutes(table: RouteTable, number: number, gatewayLinks: ReadonlySet<string>): string[] {
  const routes = table.routes
    .filter((route) => !route.destination.includes(':'))
    .map(({ destination, via }) => {
      const to = destination === '0.0.0.0/0' ? 'default' : destination.replace(/\/32$/, '');
      if (via.kind === 'local') return `throw ${to} table ${number}`;
      if (via.kind === 'serviceGateway')
        return `${to} via ${NEXT_HOP} dev ${crossingLink(SERVICES)} table ${number} onlink`;
      const link = via.kind === 'gateway' ? gatewayLink(via.gateway) : '';
      if (gatewayLinks.has(link)) return `${to} via ${NEXT_HOP} dev ${link} table ${number} onlink`;
      return `${to} dev lo table ${number}`;
    });
  const hasDefault = routes.some((route) => route.startsWith('default ') || route.startsWith('throw default '));
  return hasDefault ? routes : [...routes, `default dev lo table ${number}`];
}

function leadsInto({ routes }: RouteTable, { id }: ServiceGateway): boolean {
  return routes.some(({ via }) => via.kind === 'serviceGateway' && via.serviceGateway === id);
}

function internet(plan: Plan, index: Index): NamespaceState {
  const links = plan.gateways.map((gateway) => gatewayLink(gateway.id));
  const publics: PublicAddress[] = plan.ports.flatMap((port) => {
    const gateway = index.gatewaysOf.get(port.domain)?.[0];
    if (port.publicAddress === null || gateway === undefined) return [];
    if (port.kind === 'machine' && !isLive(index, port)) return [];
    return [{ address: port.publicAddress, link: gatewayLink(gateway.id) }];
  });
  return {
    id: INTERNET,
    kind: 'router',
    sysctls: ROUTER_SYSCTLS,
    interfaces: links.map((name) => ({ name, mac: FAR_MAC, mtu: MTU, peer: null })),
    addresses: [],
    neighbours: links.map((link) => `${NEXT_HOP} lladdr ${ROUTER_MAC} dev ${link}`),
    routes: [
      ...unique(plan.services.map((service) => service.internetAddress)).map(localRoute),
      ...plan.mirrors.map((mirror) => localRoute(mirror.address)),
      ...publics.map(({ address, link }) => `${address} via ${NEXT_HOP} dev ${link} table ${TABLE_MAIN} onlink`),
      `default dev lo table ${TABLE_MAIN}`,
    ],
    rules: [],
    program: internetProgram(publics, links, plan),
    tracked: [],
    cuts: [],
  };
}

function machineNamespace(index: Index, machine: Machine): NamespaceState {
  const ports = machine.ports.flatMap((id) => {
    const port = index.portById.get(id);
    return port !== undefined && isLive(index, port) ? [port] : [];
  });
  const devices = ports.map((port) => ({
    port,
    name: machineLink(port.machine?.deviceIndex ?? 0),
    router: index.segments.get(port.segment)?.routerAddress ?? '',
    prefix: index.segments.get(port.segment)?.cidr.split('/')[1] ?? '32',
  }));
  return {
    id: machine.id,
    kind: 'machine',
    sysctls: COMMON_SYSCTLS,
    interfaces: devices.map(({ name, port }) => ({ name, mac: port.mac, mtu: MTU, peer: null })),
    addresses: devices.flatMap(({ name, port, prefix }) =>
      port.addresses.map((address) => `${address}/${prefix} dev ${name}`),
    ),
    neighbours: devices.map(({ name, router }) => `${router} lladdr ${ROUTER_MAC} dev ${name}`),
    routes: devices.map(({ name, router }, at) => {
      const metric = at === 0 ? '' : ` metric ${100 + at}`;
      // onlink: it must not fail because root in there removed the subnet's route.
      return `default via ${router} dev ${name} table ${TABLE_MAIN}${metric} onlink`;
    }),
    rules: [],
    program: null,
    tracked: [],
    cuts: [],
  };
}
