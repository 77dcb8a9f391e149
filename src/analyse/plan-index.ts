/** Look-ups into one Plan, built once for it: who has an address, which route takes one, what a filter's members are. */
import { type Cidr, cidrContains, cidrOf } from '../net/cidr.ts';
import { type Ip, isIpv6, parseIp } from '../net/ip.ts';
import { OWN_PUBLIC, segmentBlocks } from '../plan/blocks.ts';
import { hostsOf } from '../plan/hosts.ts';
import { type Lookup, lookup } from '../plan/memo.ts';
import type {
  Acl,
  Balancer,
  BalancerNode,
  Crossing,
  Domain,
  Filter,
  FilterRule,
  Gateway,
  Link,
  NatGateway,
  Origin,
  Outside,
  Plan,
  Pool,
  Port,
  Route,
  Segment,
  Service,
  ServiceGateway,
} from '../plan/plan.ts';

export interface PlanIndex {
  readonly domains: ReadonlyMap<string, Domain>;
  readonly segments: ReadonlyMap<string, Segment>;
  readonly ports: ReadonlyMap<string, Port>;
  readonly filters: Lookup<string, IndexedFilter>;
  readonly acls: ReadonlyMap<string, Acl>;
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly serviceGateways: ReadonlyMap<string, ServiceGateway>;
  readonly links: ReadonlyMap<string, Link>;
  /** By port. */
  readonly natGateways: ReadonlyMap<string, NatGateway>;
  /** Ids of the machines that are to run: a stopped one neither sends nor answers. */
  readonly running: ReadonlySet<string>;
  /** By id: the port's, or with "/ipv6" behind it. */
  readonly crossings: ReadonlyMap<string, Crossing>;
  /** Load balancers' nodes by "PORT-ID ADDRESS", and by crossing address. */
  readonly nodes: ReadonlyMap<string, IndexedNode>;
  readonly nodesBeyond: ReadonlyMap<string, IndexedNode>;
  readonly pools: ReadonlyMap<string, Pool>;
  /** What Culvert itself has in the internet, by address. */
  readonly publicPlaces: ReadonlyMap<string, PublicPlace>;
  /** By address in the services domain. */
  readonly services: ReadonlyMap<string, Service>;
  portAt(domain: string, address: string): Port | undefined;
  /** Whether it is a subnet's gateway. */
  isRouter(domain: string, address: string): boolean;
  /** By its public IPv4 address, or an IPv6 one. */
  publicPort(address: string): Port | undefined;
  /** The attached internet gateway of a domain. */
  gatewayOf(domain: string): Gateway | undefined;
  isWithin(cidrs: readonly string[], address: string): boolean;
  /** The outside, where it has the address, with the closed block that it is in; undefined: nobody there has it. */
  beyond(address: string): { readonly outside: Outside; readonly closed: string | null } | undefined;
  /** A block that the Plan names, read once. */
  blockOf(cidr: string): Cidr;
  /** An address, read once; undefined: it is none. */
  ipOf(address: string): Ip | undefined;
  isInSegment(segment: Segment, ip: Ip): boolean;
  /** The link of a domain, of these kinds, at whose other end an address is, and the block there that it is in. */
  linkTo(
    domain: string,
    address: string,
    kinds: readonly Link['kind'][],
  ): { readonly link: Link; readonly cidr: string } | undefined;
  /** The hub of a domain whose table leads to an address elsewhere, and the block that it leads there. */
  hubTo(domain: string, address: string): { readonly hub: string; readonly cidr: string } | undefined;
  /** The AWS id of a route table, whatever zone it is for. */
  tableName(table: string): string;
  /** The other way round; of several zones' one of them: their routes have the same blocks. */
  tableNamed(name: string): string;
  /** The longest prefix that contains the address. */
  route(table: string, address: string): Route | undefined;
  /** What would take it if that were not there. */
  routeBelow(table: string, address: string): Route | undefined;
}

export interface PublicPlace {
  readonly kind: 'service' | 'mirror';
  readonly id: string;
  readonly origin: Origin;
  /** TCP. */
  readonly port: number;
}

export interface IndexedNode {
  readonly balancer: Balancer;
  readonly node: BalancerNode;
}

export interface IndexedFilter extends Filter {
  readonly memberSet: ReadonlySet<string>;
  readonly blocks: ReadonlyMap<FilterRule, Cidr>;
}

const indexes = new WeakMap<Plan, PlanIndex>();

export function indexPlan(plan: Plan): PlanIndex {
  const found = indexes.get(plan) ?? build(plan);
  indexes.set(plan, found);
  return found;
}

/** Of a Plan that differs from another in its routes and links alone: all else is looked up as there. */
export function indexRerouted(plan: Plan, from: Plan): PlanIndex {
  const index = indexPlan(from);
  const found = { ...index, ...routing(plan, index) };
  indexes.set(plan, found);
  return found;
}

function build(plan: Plan): PlanIndex {
  // Loops, as the first question of a Plan waits for them.
  const at = new Map<string, Port>();
  const publicPorts = new Map<string, Port>();
  for (const port of plan.ports) {
    for (const { publicAddress } of port.publics) publicPorts.set(publicAddress, port);
    for (const address of port.addresses) {
      at.set(`${port.domain} ${address}`, port);
      if (!port.deniesInternet && isIpv6(address)) publicPorts.set(address, port);
    }
  }
  const routers = new Set(plan.segments.map(({ domain, routerAddress }) => `${domain} ${routerAddress}`));
  const nodes = plan.balancers.flatMap((balancer) => balancer.nodes.map((node) => ({ balancer, node })));
  const gatewayOf = new Map(plan.gateways.filter(({ kind }) => kind === 'internet').map((each) => [each.domain, each]));
  const origins = new Map(plan.routeTables.flatMap(({ id, origin }) => (origin[0] ? [[id, origin[0]] as const] : [])));
  const named = new Map([...origins].map(([id, name]) => [name, id]));
  const read = new Map<string, Cidr>();
  const blockOf = (cidr: string) => {
    const block = read.get(cidr) ?? cidrOf(cidr);
    read.set(cidr, block);
    return block;
  };
  const ips = new Map<string, Ip | undefined>();
  const ipOf = (address: string) => {
    const known = ips.get(address);
    if (known !== undefined || ips.has(address)) return known;
    const ip = parseIp(address);
    ips.set(address, ip);
    return ip;
  };
  const blocks = new WeakMap<Segment, readonly Cidr[]>();
  const isWithin = (cidrs: readonly string[], address: string) => {
    const ip = ipOf(address);
    return ip !== undefined && cidrs.some((cidr) => cidrContains(blockOf(cidr), ip));
  };
  return {
    domains: byId(plan.domains),
    segments: byId(plan.segments),
    ports: byId(plan.ports),
    filters: lookup(byId(plan.filters), indexFilter),
    acls: byId(plan.acls),
    gateways: byId(plan.gateways),
    serviceGateways: byId(plan.serviceGateways),
    natGateways: new Map(plan.natGateways.map((each) => [each.port, each])),
    running: new Set(
      hostsOf(plan)
        .filter(({ wanted }) => wanted === 'running')
        .map(({ id }) => id),
    ),
    crossings: new Map(plan.crossings.map((each) => [each.id, each])),
    nodes: new Map(nodes.map((each) => [`${each.node.port} ${each.node.address}`, each])),
    nodesBeyond: new Map(nodes.map((each) => [each.node.crossingAddress, each])),
    pools: byId(plan.pools),
    publicPlaces: new Map<string, PublicPlace>([
      ...plan.services.map(
        ({ id, origin, port, internetAddress }) => [internetAddress, { kind: 'service', id, origin, port }] as const,
      ),
      ...plan.mirrors.map(({ id, origin, port, address }) => [address, { kind: 'mirror', id, origin, port }] as const),
    ]),
    services: new Map(
      plan.services.flatMap((each) =>
        [each.serviceAddress, each.serviceAddress6 ?? []].flat().map((at) => [at, each] as const),
      ),
    ),
    portAt: (domain, address) => at.get(`${domain} ${address}`),
    isRouter: (domain, address) => routers.has(`${domain} ${address}`),
    publicPort: (address) => publicPorts.get(address),
    gatewayOf: (domain) => gatewayOf.get(domain),
    isWithin,
    beyond(address) {
      const { outside } = plan;
      if (outside === null || isIpv6(address) || isWithin([OWN_PUBLIC], address)) return undefined;
      return { outside, closed: outside.closed.find((block) => isWithin([block], address)) ?? null };
    },
    blockOf,
    ipOf,
    isInSegment(segment, ip) {
      const own = blocks.get(segment) ?? segmentBlocks(segment).map(cidrOf);
      blocks.set(segment, own);
      return own.some((block) => cidrContains(block, ip));
    },
    tableName: (table) => origins.get(table) ?? table,
    tableNamed: (name) => named.get(name) ?? name,
    ...routing(plan, { ipOf, isWithin }),
  };
}

type Routing = Pick<PlanIndex, 'links' | 'linkTo' | 'hubTo' | 'route' | 'routeBelow'>;

function routing(plan: Plan, { ipOf, isWithin }: Pick<PlanIndex, 'ipOf' | 'isWithin'>): Routing {
  const tables = lookup(byId(plan.routeTables), ({ routes }) =>
    routes
      .map((route) => ({ route, block: cidrOf(route.destination) }))
      .sort((a, b) => b.block.prefix - a.block.prefix),
  );
  return {
    links: byId(plan.links),
    linkTo(domain, address, kinds) {
      for (const link of plan.links) {
        const { ends } = link;
        if (!kinds.includes(link.kind)) continue;
        const far = ends.find((end) => end.domain !== domain);
        const cidr = far?.cidrs.find((each) => isWithin([each], address));
        if (cidr !== undefined && ends.some((end) => end.domain === domain)) return { link, cidr };
      }
      return undefined;
    },
    hubTo(domain, address) {
      for (const { kind, ends } of plan.links) {
        const far = ends.find((end) => end.domain !== domain);
        if (kind === 'peering' || far?.routeTable == null || ends.every((end) => end.domain !== domain)) continue;
        const found = this.route(far.routeTable, address);
        const next = found?.via.kind === 'link' ? found.via.link : undefined;
        const isBack = plan.links.find(({ id }) => id === next)?.ends.some((end) => end.domain === domain);
        if (found !== undefined && isBack === false) return { hub: far.domain, cidr: found.destination };
      }
      return undefined;
    },
    route(table, address) {
      const ip = ipOf(address);
      return ip && tables.get(table)?.find(({ block }) => cidrContains(block, ip))?.route;
    },
    routeBelow(table, address) {
      const ip = ipOf(address);
      return ip && tables.get(table)?.filter(({ block }) => cidrContains(block, ip))[1]?.route;
    },
  };
}

function byId<T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const each of items) found.set(each.id, each);
  return found;
}

function indexFilter(filter: Filter): IndexedFilter {
  const blocks = new Map<FilterRule, Cidr>();
  for (const rule of [...filter.ingress, ...filter.egress]) {
    if ('cidr' in rule.peer) blocks.set(rule, cidrOf(rule.peer.cidr));
  }
  return { ...filter, memberSet: new Set(filter.members), blocks };
}

/**
 * Whether a rule of a filter has the other side `address` as its peer. `members`: the addresses by which a rule that names a
 * group knows the other side; none where it is a stranger who may only look like a member. `link`: by which that side is reached.
 */
export function matchesPeer(
  index: PlanIndex,
  filter: IndexedFilter,
  rule: FilterRule,
  ip: Ip,
  { members, link }: { readonly members: readonly string[]; readonly link: string | null },
): boolean {
  if ('filter' in rule.peer) {
    if (rule.peer.link !== undefined && rule.peer.link !== link) return false;
    const named = index.filters.get(rule.peer.filter)?.memberSet;
    return members.some((address) => named?.has(address));
  }
  const block = filter.blocks.get(rule);
  return block !== undefined && cidrContains(block, ip);
}
