/**
 * Plan → what the kernel must have. Pure. A namespace for each domain (its router) and each machine; a veth for each port of
 * a running machine, each gateway and each pair of domains with crossings; addresses that the router answers for as local
 * routes. What no route takes is routed to lo, where the program counts and drops it: the kernel itself never answers.
 * The topology's reasons are in docs/decisions/routed-namespaces.md.
 */

import { isIpv6 } from '../../net/ip.ts';
import { CROSSING_IDLE_SECONDS, CROSSING_MTU } from '../../plan/fixed.ts';
import { chunksOf, joined } from '../../plan/lists.ts';
import { remember, rememberWith } from '../../plan/memo.ts';
import { viasIn, viasOf } from '../../plan/named.ts';
import type { Domain, Gateway, Plan, Route, RouteTable, ServiceGateway } from '../../plan/plan.ts';
import { LOGGED, LOGGED_WHOLLY } from './fast-path.ts';
import { routedPorts, segmentTables } from './forwarding.ts';
import { filtersNeeded } from './groups.ts';
import { linkInterface, linkNeighbours } from './links.ts';
import {
  crossingLink,
  gatewayLink,
  INTERNET,
  INTERNET_MAC,
  linkName,
  MTU,
  machineLink,
  NODE_PORTS,
  type PortRange,
  PRIORITY_ANSWERS,
  PRIORITY_CUSTOMER,
  portLink,
  ROUTER_MAC,
  SERVICES,
  TABLE_ANSWERS,
  TABLE_LOCAL,
  TABLE_MAIN,
  tableNumbers,
} from './names.ts';
import { headerEntries } from './proxy-header.ts';
import { createMemory, type Memory } from './remember.ts';
import { internet } from './render-far.ts';
import { hub } from './render-hub.ts';
import { type Index, indexOf, isLive } from './render-index.ts';
import {
  crossingInterface,
  crossingMac,
  IPV6_SYSCTLS,
  localRoute,
  nextHops,
  ROUTER_SYSCTLS,
  through,
  unique,
} from './render-links.ts';
import { hostNamespace } from './render-machine.ts';
import { natGateway } from './render-nat.ts';
import { renderServices } from './render-services.ts';
import { PROTOCOLS, spreadCuts } from './spread.ts';
import type { Interface, KernelState, NamespaceState } from './state.ts';
import { outsideOf } from './tunnels.ts';
import { vpcProgram } from './vpc-parts.ts';

/** A packet's priority is what programs at links and the rules tell each other by (counting.ts). */
const NOTED_SYSCTLS = { 'ipv4/ip_forward_update_priority': '0' };
const VPC_SYSCTLS = {
  'ipv4/conf/default/proxy_arp': '1',
  // Closed connections are forgotten soon: ports of busy clients come round.
  'netfilter/nf_conntrack_tcp_timeout_time_wait': '10',
  // A connection is known from its first packet or not at all. What is known is not measured by its window: a stray segment
  // must not look like one of a connection that was forgotten, and get it reset.
  'netfilter/nf_conntrack_tcp_loose': '0',
  'netfilter/nf_conntrack_tcp_be_liberal': '1',
  // Tracking sees few packets of what the fast path carries. So it must not take a reset for a wrong one, nor what was
  // not acknowledged before its eyes for a dead connection, which it would forget after five minutes.
  'netfilter/nf_conntrack_tcp_ignore_invalid_rst': '1',
  'netfilter/nf_conntrack_tcp_timeout_unacknowledged': '432000',
  'netfilter/nf_conntrack_tcp_timeout_max_retrans': '432000',
  // A router's sockets are few: looking each packet up among all sockets of the host would be for nothing.
  'ipv4/ip_early_demux': '0',
};

/** With a memory of earlier plans, what is as it was is the very same object as before. */
export function render(
  plan: Plan,
  memory: Memory<NamespaceState> = createMemory(),
  nodePorts: PortRange = NODE_PORTS,
): KernelState {
  const index = indexOf(plan);
  const namespaces = new Map<string, NamespaceState>();
  for (const domain of plan.domains) {
    if (domain.kind === 'vpc' || domain.kind === 'site')
      namespaces.set(domain.id, memory.recall(domain.id, { ...index, it: domain, nodePorts }, vpc));
    else if (domain.kind === 'hub') namespaces.set(domain.id, memory.recall(domain.id, { ...index, it: domain }, hub));
    else if (domain.kind === 'internet') namespaces.set(domain.id, internet(plan, index));
    else namespaces.set(domain.id, renderServices(plan));
  }
  for (const it of plan.natGateways) {
    namespaces.set(it.id, memory.recall(it.id, { ...index, it, natPorts: nodePorts }, natGateway));
  }
  for (const it of index.hosts.values())
    if (!namespaces.has(it.id)) namespaces.set(it.id, memory.recall(it.id, { ...index, it }, hostNamespace));
  memory.sweep();
  return { namespaces };
}

function vpc(index: Index & { readonly it: Domain; readonly nodePorts: PortRange }): NamespaceState {
  const domain = index.it;
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
  const { tables, tableOf: tableIdOf } = segmentTables(index.tablesOf.get(domain.id) ?? [], segments);
  const routed = routedPorts(tables);
  const gateways = index.gatewaysOf.get(domain.id) ?? [];
  const serviceGateways = index.serviceGatewaysOf.get(domain.id) ?? [];
  const links = index.linksOf.get(domain.id) ?? [];
  const isLogged = index.logged.has(domain.id);
  const outside = outsideOf(links);
  const numbers = tableNumbers(tables.map((table) => table.id));
  const tableOf = new Map<string, number>();
  for (const [segment, table] of tableIdOf) {
    const number = numbers.get(table);
    if (number !== undefined) tableOf.set(segment, number);
  }
  const hasIpv6 = domain.cidrs.some(isIpv6);
  const gatewayLinks = gateways.map((gateway) => gatewayLink(gateway.id));
  const linksOf = (kind: Gateway['kind']) =>
    gateways.filter((one) => one.kind === kind).map(({ id }) => gatewayLink(id));
  const beyond = unique([
    ...outward.map(({ provider }) => provider),
    ...provided.map(({ consumer }) => consumer),
    ...serviceGateways.map(() => SERVICES),
  ]);
  const forwarders = ports.filter(({ id }) => routed.has(id));
  const exits = [...gatewayLinks, ...links.map(({ name }) => name), ...forwarders.map(({ id }) => portLink(id))];

  // Where the edge serves a node, what it answers needs some way out before the program chooses the right one. IPv4's is lo, which IPv6
  // does not take.
  const isServedByEdge = balancers.some(({ nodes }) =>
    nodes.some(({ address, listeners }) => isIpv6(address) && listeners.some(({ engine }) => engine === 'user')),
  );
  const outward6 = [...gatewayLinks, ...links.flatMap(({ kind, name }) => (kind === 'peering' ? [name] : []))];
  const answerWay = hasIpv6 && isServedByEdge ? outward6.slice(0, 1) : [];

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
      peer: { namespace: INTERNET, name, mac: INTERNET_MAC },
    })),
    ...links.map(linkInterface),
    ...beyond.map((far) => crossingInterface(domain.id, far)),
  ];
  // Programs at links read Ethernet, which a tunnel's device has none of, and what goes outside is nobody's connection.
  const programmed = interfaces.filter(({ tunnel }) => tunnel === undefined).map(({ name }) => name);
  const headers = headerEntries({
    id: domain.id,
    balancers,
    pools,
    provided: index.providedOf.get(domain.id) ?? [],
    links: programmed,
  });
  // Whatever the programs take note of leaves by a link where they are, and no other one takes it from them.
  const isNoted =
    isLogged &&
    headers.length === 0 &&
    outside.interfaces.length === 0 &&
    interfaces.every(({ mtu, tunnel }) => tunnel === undefined && mtu >= CROSSING_MTU);
  const owned = [
    ...segments.flatMap((segment) => segment.routerAddress ?? []),
    ...domain.resolverAddresses,
    ...domain.metadataAddresses,
    ...domain.timeAddresses,
    ...all.filter((port) => port.kind !== 'machine').flatMap((port) => port.addresses),
    ...balancers.flatMap(({ nodes }) => nodes.map((node) => node.crossingAddress)),
    // What the edge answers an endpoint's client here, whom it knows by that: the client's own address comes back on the way out.
    ...inner.flatMap(({ linkAddress, open }) => (open ? linkAddress : [])),
  ];
  const ways = new Map([
    ...outward.map(({ targetAddress, provider }) => [targetAddress, crossingLink(provider)] as const),
    ...provided.map(({ linkAddress, consumer }) => [linkAddress, crossingLink(consumer)] as const),
  ]);
  return {
    id: domain.id,
    kind: 'router',
    sysctls: {
      ...ROUTER_SYSCTLS,
      ...VPC_SYSCTLS,
      ...(hasIpv6 ? IPV6_SYSCTLS : {}),
      ...(isNoted ? NOTED_SYSCTLS : {}),
      // Of connections that the edge makes from nodes: as many as the kernel has for those that it spreads itself.
      ...(balancers.length === 0
        ? {}
        : { 'ipv4/ip_local_port_range': `${index.nodePorts.from}\t${index.nodePorts.to}` }),
      // Else an answer may wait for 0.8 s.
      ...Object.fromEntries(ports.map((port) => [`ipv4/neigh/${portLink(port.id)}/proxy_delay`, '0'])),
    },
    interfaces: [...interfaces, ...outside.interfaces],
    addresses: outside.addresses,
    neighbours: [
      ...ports.flatMap((port) =>
        port.addresses.map((address) => `${address} lladdr ${port.mac} dev ${portLink(port.id)}`),
      ),
      ...forwarders.flatMap(({ id, mac }) => nextHops(hasIpv6, mac, portLink(id))),
      ...gatewayLinks.flatMap((link) => nextHops(hasIpv6, INTERNET_MAC, link)),
      ...links.flatMap((link) => linkNeighbours(hasIpv6, link)),
      ...beyond.flatMap((far) => nextHops(hasIpv6, crossingMac(far, domain.id), crossingLink(far))),
      ...outside.neighbours,
    ],
    routes: joined([
      [
        ...[...new Set(owned)].map(localRoute),
        ...ports.flatMap((port) =>
          port.addresses.map((address) => `${address} dev ${portLink(port.id)} table ${TABLE_MAIN}`),
        ),
        `default dev lo table ${TABLE_MAIN}`,
        ...[...ways].map(([address, link]) => `${address} ${through(address, link)} table ${TABLE_LOCAL} onlink`),
      ],
      ...tables.flatMap((table) => customerRoutes(table, numbers.get(table.id) ?? 0, new Set(exits), hasIpv6)),
      answerWay.map((link) => `::/0 ${through('::/0', link)} table ${TABLE_ANSWERS} onlink`),
      outside.routes,
    ]),
    rules: [
      ...(hasIpv6 ? ['', 'from ::/0 '] : ['']).flatMap((family) =>
        [...numbers.values()].map(
          (number) => `${family}fwmark 0x${number.toString(16)} lookup ${number} priority ${PRIORITY_CUSTOMER}`,
        ),
      ),
      ...answerWay.map(() => `from ::/0 iif lo lookup ${TABLE_ANSWERS} priority ${PRIORITY_ANSWERS}`),
      ...outside.rules,
    ],
    program: vpcProgram({
      filters: filtersNeeded(index, domain, crossings),
      segments: index.segments,
      acls: index.acls,
      hasIpv6,
      ports,
      routed,
      crossingPorts,
      crossings,
      provided,
      idleSeconds: ({ targetAddress }, { protocol, targetPort }) =>
        index.idleSeconds.get(`${targetAddress} ${PROTOCOLS[protocol]} ${targetPort}`) ??
        CROSSING_IDLE_SECONDS[protocol],
      spread:
        balancers.length === 0
          ? null
          : {
              balancers,
              pools,
              portById: index.portById,
              inner: inner.filter((crossing) => crossing.open),
              tableOf,
              hasGateway: gateways.some(({ kind }) => kind === 'internet'),
              ports,
              nodePorts: index.nodePorts,
            },
      serviceGateways: serviceGateways.map((gateway) => ({
        gateway,
        tables: tables.filter((table) => leadsInto(table, gateway)).map((table) => numbers.get(table.id) ?? 0),
      })),
      tableOf,
      gatewayLinks: linksOf('internet'),
      egressOnlyLinks: linksOf('egressOnly'),
      links,
      numbers,
      isLogged,
      isNoted,
      resolverAddresses: domain.resolverAddresses,
      metadataAddresses: domain.metadataAddresses,
      timeAddresses: domain.timeAddresses,
    }),
    fast: [...programmed, ...(isNoted ? [LOGGED_WHOLLY] : isLogged ? [LOGGED] : [])],
    headers,
    tracked: [
      ...ports.flatMap((port) => port.addresses.map((address) => `${address} ${port.id}`)),
      ...ports.flatMap((port) => port.publics.map(({ publicAddress }) => `${publicAddress} ${port.id}`)),
      ...crossings.filter((crossing) => crossing.open).map((crossing) => `${crossing.address} ${crossing.id}`),
      ...provided.filter((crossing) => crossing.open).map((crossing) => `${crossing.linkAddress} ${crossing.id}`),
      ...serviceGateways.map((gateway) => `${gateway.linkAddress} ${gateway.id}`),
      ...all
        .filter((port) => port.kind === 'balancer')
        .flatMap((port) => [
          ...port.addresses.map((address) => `${address} ${port.id}`),
          ...port.publics.map(({ publicAddress }) => `${publicAddress} ${port.id}`),
        ]),
    ],
    cuts: [
      ...inner.filter((crossing) => !crossing.open).map((crossing) => crossing.address),
      ...spreadCuts(balancers, pools),
    ],
  };
}

/**
 * The longest prefix wins inside the table; what it calls local goes on to the main table, and what it does not know to lo. With
 * IPv6 there is no route to lo: the kernel refuses, and what it would say is counted (see program-vpc.ts). In a domain without
 * IPv6, whose table may name blocks of a peer's, the kernel has none and nobody sends any.
 */
function customerRoutes(
  { routes }: RouteTable,
  number: number,
  exits: ReadonlySet<string>,
  hasIpv6: boolean,
): readonly (readonly string[])[] {
  const chunks = chunksOf(routes);
  const hasRoute = (destination: string) => chunks.some((chunk) => destinationsIn(chunk).has(destination));
  return [
    ...chunks.map((chunk) => {
      const ways = viasIn(chunk).map((via) => wayWords(via, exits, number));
      return linesOf(chunk, [String(hasIpv6), ...ways].join('\n'));
    }),
    hasRoute('0.0.0.0/0') ? [] : [`default dev lo table ${number}`],
    hasIpv6 && !hasRoute('::/0') ? [`unreachable ::/0 dev lo table ${number}`] : [],
  ];
}

const destinationsIn = remember((routes: readonly Route[]) => new Set(routes.map(({ destination }) => destination)));

/** `text`: whether there is IPv6, and the words for each of `viasIn`. */
const linesOf = rememberWith((routes: readonly Route[], text: string): readonly string[] => {
  const [hasIpv6, ...words] = text.split('\n');
  const ways = new Map(viasIn(routes).map((via, at) => [via, words[at] ?? '']));
  return routes
    .filter(({ destination }) => hasIpv6 === 'true' || !isIpv6(destination))
    .map(({ destination, via }) => routeLine(destination, ways.get(via) ?? ''));
});

/** "throw" or "lo", or the link that a next hop is behind; and the table. */
function wayWords(via: Route['via'], exits: ReadonlySet<string>, number: number): string {
  if (via.kind === 'local') return `throw ${number}`;
  const link = via.kind === 'serviceGateway' ? crossingLink(SERVICES) : exitOf(via);
  return `${via.kind === 'serviceGateway' || exits.has(link) ? link : 'lo'} ${number}`;
}

function routeLine(destination: string, way: string): string {
  const [link = '', number] = way.split(' ');
  const isSix = isIpv6(destination);
  const to = destination === '0.0.0.0/0' ? 'default' : destination.replace(isSix ? /\/128$/ : /\/32$/, '');
  if (link === 'throw') return `throw ${to}${isSix ? ' dev lo' : ''} table ${number}`;
  if (link !== 'lo') return `${to} ${through(destination, link)} table ${number} onlink`;
  return `${isSix ? 'unreachable ' : ''}${to} dev lo table ${number}`;
}

function exitOf(via: Route['via']): string {
  if (via.kind === 'gateway') return gatewayLink(via.gateway);
  if (via.kind === 'link') return linkName(via.link);
  return via.kind === 'port' ? portLink(via.port) : '';
}

function leadsInto({ routes }: RouteTable, { id }: ServiceGateway): boolean {
  return viasOf(routes).some((via) => via.kind === 'serviceGateway' && via.serviceGateway === id);
}
