/** A Plan's objects as `render` looks for them: by id, or by the domain they belong to. */
import { type Host, hostsOf } from '../../plan/hosts.ts';
import type {
  Acl,
  Balancer,
  Crossing,
  Filter,
  Gateway,
  Plan,
  Pool,
  Port,
  RouteTable,
  Segment,
  ServiceGateway,
} from '../../plan/plan.ts';
import { loggedDomains } from './flows.ts';
import { linksOf, type NearLink } from './links.ts';
import type { Sources } from './remember.ts';
import { PROTOCOLS } from './spread.ts';

/** Looked up, never walked through: see remember.ts. */
export interface Index extends Sources {
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
  readonly acls: ReadonlyMap<string, Acl>;
  readonly filtersOf: ReadonlyMap<string, readonly Filter[]>;
  readonly linksOf: ReadonlyMap<string, readonly NearLink[]>;
  readonly gatewaysOf: ReadonlyMap<string, readonly Gateway[]>;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly logged: ReadonlyMap<string, true>;
}

export function indexOf(plan: Plan): Index {
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
    acls: new Map(plan.acls.map((acl) => [acl.id, acl])),
    filtersOf: Map.groupBy(plan.filters, (filter) => filter.domain),
    linksOf: linksOf(plan),
    gatewaysOf: Map.groupBy(plan.gateways, (gateway) => gateway.domain),
    logged: new Map([...loggedDomains(plan)].map((id) => [id, true])),
    hosts: new Map(hostsOf(plan).map((host) => [host.id, host])),
  };
}

/** On the network: plugged into a machine that is to run. A stopped one's link is gone, packets to it find no route. */
export function isLive(index: Index, port: Port): boolean {
  return port.kind === 'machine' && port.machine !== null && index.hosts.get(port.machine.id)?.wanted === 'running';
}
