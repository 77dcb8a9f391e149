/**
 * Follows a flow through a Plan, stage by stage, as the kernel does: two gates, the sender's egress and the receiver's
 * ingress, and between them acl, route, crossing, load balancer or gateway. Explains the network only: not whether a program listens, not DNS,
 * not policies. https://docs.aws.amazon.com/vpc/latest/reachability/what-is-reachability-analyzer.html
 */
import { isIpv6 } from '../net/ip.ts';
import type { Plan, Port } from '../plan/plan.ts';
import { passAcl, passAclOnce } from './acl.ts';
import { type Flow, type Measured, NOTHING_MEASURED, type Trace } from './flow.ts';
import { type MetGate, passGroups } from './group.ts';
import { dropMartian, hasMachine, isItself } from './machine.ts';
import { toBalancer } from './path-balancer.ts';
import { toCrossing } from './path-crossing.ts';
import { enterFromInternet, leaveToInternet } from './path-internet.ts';
import { checkWayBack, outOfAttachment, throughLink } from './path-link.ts';
import { throughNat } from './path-nat.ts';
import { checkLocalReply, routeFrom, throughPort } from './path-port.ts';
import { throughServiceGateway } from './path-service-gateway.ts';
import { indexPlan } from './plan-index.ts';
import { Walk } from './walk.ts';

const RESOLVER_PORT = 53;
const METADATA_PORT = 80;
const TIME_PORT = 123;
/** Where a VPC's range cannot be. */
const RESERVED = ['240.0.0.0/4', 'fdcf::/16'];

/** `measured`: what the traffic of the moment adds to the Plan. `gates`: where each gate of groups that it meets is noted. */
export function trace(
  plan: Plan,
  flow: Flow,
  measured: Measured = NOTHING_MEASURED,
  gates: MetGate[] | null = null,
): Trace {
  const index = indexPlan(plan);
  const walk = new Walk(index, flow, measured, gates);
  if (flow.from.kind === 'internet') {
    walk.enter('internet', flow.from.address, flow.to.address);
    enterFromInternet(walk);
    return walk.end();
  }
  const port = index.ports.get(flow.from.port);
  if (port === undefined) throw new Error(`no port ${flow.from.port} in the plan`);
  walk.enter(port.domain, flow.from.address ?? addressFor(port, flow.to.address), flow.to.address);
  fromPort(walk, port);
  return walk.end();
}

/** The port's primary address of the family that it would send from; '': it has none. */
function addressFor(port: Port, destination: string): string {
  return port.addresses.find((address) => isIpv6(address) === isIpv6(destination)) ?? '';
}

function fromPort(walk: Walk, port: Port): void {
  if (port.kind === 'crossing') {
    walk.drop(
      'source',
      'egress',
      port.id,
      'VPCE_INTRA_VPC_TRAFFIC',
      'an endpoint interface cannot originate connections',
    );
    return;
  }
  if (port.kind === 'balancer') {
    const sentence = 'a load balancer opens connections to its targets only, for its clients';
    walk.drop('source', 'egress', port.id, 'CULVERT_CANNOT_ORIGINATE', sentence);
    return;
  }
  // What a machine sends to itself never reaches the network.
  if (isOwnAddress(walk, port)) {
    walk.deliver('port', port.id);
    return;
  }
  leaveSource(walk, port);
  if (toRouter(walk, port)) return;
  if (isReserved(walk)) return;
  const way = routeOf(walk, port)?.via;
  passGroups(walk, port, 'egress', walk.destination, way?.kind === 'link' ? way.link : null);
  passAcl(walk, { segment: port.segment, direction: 'egress', other: walk.destination });
  route(walk, port);
}

function isOwnAddress(walk: Walk, port: Port): boolean {
  const owner = walk.index.portAt(port.domain, walk.destination);
  return owner === port || (port.machine !== null && owner?.machine?.id === port.machine.id);
}

function leaveSource(walk: Walk, port: Port): void {
  hasMachine(walk, port, 'source');
  if (walk.source === '') {
    const sentence = `${port.id} has no address of the family of ${walk.destination}`;
    walk.drop('source', 'egress', port.id, 'CULVERT_NO_ADDRESS_OF_FAMILY', sentence);
    return;
  }
  if (port.spoofGuard && !port.addresses.includes(walk.source)) {
    walk.drop(
      'source',
      'egress',
      port.id,
      'ENI_SOURCE_DEST_CHECK_RESTRICTION',
      `${walk.source} is not an address of ${port.id}, whose source/destination check is on`,
    );
  }
}

/** DNS, instance metadata and time: link-local or reserved addresses that no group or route guards; what else is sent there, groups judge. */
function toRouter(walk: Walk, port: Port): boolean {
  const domain = walk.index.domains.get(walk.domain);
  const { protocol, to } = walk.flow;
  if (domain?.resolverAddresses.includes(walk.destination)) {
    if ((protocol === '6' || protocol === '17') && to.port === RESOLVER_PORT) walk.deliver('resolver', domain.id);
    else refuseAtRouter(walk, port);
    return true;
  }
  if (domain?.metadataAddresses.includes(walk.destination)) {
    if (protocol === '6' && to.port === METADATA_PORT) walk.deliver('metadata', domain.id);
    else refuseAtRouter(walk, port);
    return true;
  }
  if (domain?.timeAddresses.includes(walk.destination)) {
    if (protocol === '17' && to.port === TIME_PORT) walk.deliver('time', domain.id);
    else refuseAtRouter(walk, port);
    return true;
  }
  return false;
}

function refuseAtRouter(walk: Walk, port: Port): void {
  passGroups(walk, port, 'egress', walk.destination, null);
  passAcl(walk, { segment: port.segment, direction: 'egress', other: walk.destination });
  walk.drop(
    'router',
    'ingress',
    walk.domain,
    'CULVERT_ROUTER_ADDRESS',
    `${walk.destination} answers nothing on that port and protocol`,
  );
}

/** Addresses that links and crossings are known by beyond: whatever a route table says, nobody sends to one. */
function isReserved(walk: Walk): boolean {
  if (!walk.index.isWithin(RESERVED, walk.destination)) return false;
  const sentence = `${walk.destination} is no address of a VPC or the internet: only a consumer opens connections through an endpoint`;
  walk.drop('route', 'egress', walk.domain, 'VPCE_INTRA_VPC_TRAFFIC', sentence);
  return true;
}

function routeOf(walk: Walk, port: Port) {
  return routeFrom(walk.index, port, walk.destination);
}

function tableOf(walk: Walk, port: Port): string {
  return walk.index.segments.get(port.segment)?.routeTable ?? '';
}

function route(walk: Walk, port: Port): void {
  follow(walk, tableOf(walk, port), port);
}

/** By a route table: of the sender's segment, or of where it came in by a link (`port` is then null). */
function follow(walk: Walk, routeTable: string, port: Port | null): void {
  const table = walk.index.tableName(routeTable);
  const found = port === null ? walk.index.route(routeTable, walk.destination) : routeOf(walk, port);
  if (found === undefined) {
    walk.drop('route', 'egress', table, 'NO_ROUTE_TO_DESTINATION', `${table} has no route to ${walk.destination}`);
    return;
  }
  switch (found.via.kind) {
    case 'blackhole':
      walk.drop(
        'route',
        'egress',
        table,
        'BAD_STATE_ROUTE',
        `the route ${found.destination} of ${table} is a blackhole: its target is gone or detached`,
      );
      return;
    case 'zoneless': {
      const { attachment } = found.via;
      const zone = walk.index.segments.get(port?.segment ?? '')?.zone ?? 'this zone';
      const sentence = `${attachment} has no subnet in ${zone}: nothing there reaches the transit gateway`;
      walk.drop('route', 'egress', table, 'TGW_ROUTE_AZ_RESTRICTION', sentence, [attachment, table]);
      return;
    }
    case 'gateway':
      walk.pass('route', 'egress', table, found.destination);
      leaveToInternet(walk, port, found.via.gateway);
      return;
    case 'serviceGateway':
      walk.pass('route', 'egress', table, found.destination);
      throughServiceGateway(walk, found.via.serviceGateway);
      return;
    case 'link':
      walk.pass('route', 'egress', table, found.destination);
      beyond(walk, found.via.link);
      return;
    case 'port':
      walk.pass('route', 'egress', table, found.destination);
      toPort(walk, { table, from: port }, found.via.port);
      return;
    case 'local':
      walk.pass('route', 'egress', table, found.destination);
      toLocal(walk);
  }
}

/** To what is plugged into it, whatever the destination. */
function toPort(walk: Walk, way: { readonly table: string; readonly from: Port | null }, id: string): void {
  const [gateway, port] = [walk.index.natGateways.get(id), walk.index.ports.get(id)];
  if (gateway === undefined && port?.addresses.includes(walk.destination)) toOwner(walk, way.from);
  else if (gateway === undefined || port === undefined) throughPort(walk, way, id, sendOn);
  else throughNat(walk, gateway, { ...way, port }, sendOn);
}

/** Whose the address is, though a route led there: what answers is judged as any. `from`: null where the packet came by a link. */
function toOwner(walk: Walk, from: Port | null): void {
  const { link, home } = walk;
  if (from !== null || link === null) {
    toLocal(walk);
    return;
  }
  walk.onReply(() => checkWayBack(walk, link, home));
  toLocal(walk, link);
}

/** From a machine that was given the packet for others. */
function sendOn(walk: Walk, port: Port): void {
  leaveSource(walk, port);
  const way = routeOf(walk, port)?.via;
  passGroups(walk, port, 'egress', walk.destination, way?.kind === 'link' ? way.link : null);
  const boundary = { segment: port.segment, direction: 'egress', other: walk.destination } as const;
  // What answers comes to it only if its own address was put in front.
  if (port.addresses.includes(walk.source)) passAcl(walk, boundary);
  else passAclOnce(walk, boundary);
  route(walk, port);
}

/** In the domain at the other end, and what answers on its way back. */
function beyond(walk: Walk, link: string): void {
  const home = walk.domain;
  const end = throughLink(walk, link);
  if (end === null) return;
  const { domain, destination } = walk;
  if (walk.index.domains.get(domain)?.resolverAddresses.includes(destination)) {
    const sentence = `${destination} answers ${domain} alone, nobody beyond ${walk.link ?? link}`;
    walk.drop('router', 'ingress', domain, 'CULVERT_ROUTER_ADDRESS', sentence);
    return;
  }
  const came = walk.link ?? link;
  outOfAttachment(walk, end, 'first');
  if (end.routeTable !== null && walk.index.route(end.routeTable, destination)?.via.kind !== 'local') {
    walk.home = home;
    follow(walk, end.routeTable, null);
    return;
  }
  walk.onReply(() => checkWayBack(walk, came, home));
  toLocal(walk, came);
}

/** `link`: by which it comes straight from another domain. */
function toLocal(walk: Walk, link: string | null = null): void {
  const receiver = walk.index.portAt(walk.domain, walk.destination);
  if (receiver === undefined) {
    walk.drop(
      'target',
      'ingress',
      walk.domain,
      'CULVERT_ADDRESS_NOT_IN_USE',
      `no network interface has ${walk.destination}`,
    );
    return;
  }
  passAcl(walk, { segment: receiver.segment, direction: 'ingress', other: walk.source, link });
  const node = walk.index.nodes.get(`${receiver.id} ${walk.destination}`);
  if (node !== undefined) {
    toBalancer(walk, node);
    return;
  }
  passGroups(walk, receiver, 'ingress', walk.source);
  if (receiver.kind === 'crossing') {
    toCrossing(walk, receiver);
    return;
  }
  if (walk.link === null) walk.onReply(() => checkLocalReply(walk, receiver));
  toMachine(walk, receiver);
}

function toMachine(walk: Walk, receiver: Port): void {
  dropMartian(walk, receiver);
  if (isIpv6(walk.source) && isItself(walk, receiver)) {
    const sentence = `${walk.source} is an address of ${receiver.id}'s own machine: what answers never leaves that`;
    walk.onReply(() => walk.drop('target', 'reply', receiver.id, 'CULVERT_NO_WAY_BACK', sentence));
  }
  if (hasMachine(walk, receiver, 'target')) walk.deliver('port', receiver.id);
}
