/**
 * Stage 'gateway': out of a domain and into one. An internet gateway only translates 1:1 between ports' private and public
 * addresses; an IPv6 address is public as it stands. Between two gateways lies the internet, where AWS's public services and mirrors stand too.
 * Stage 'outside': from there to the real world, where the Plan has a way.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
 */
import { isIpv6 } from '../net/ip.ts';
import type { Gateway, Outside, Port } from '../plan/plan.ts';
import { passAcl } from './acl.ts';
import type { Flow } from './flow.ts';
import { passGroups } from './group.ts';
import { hasMachine } from './machine.ts';
import { toBalancer } from './path-balancer.ts';
import { replyRoute } from './path-port.ts';
import type { PublicPlace } from './plan-index.ts';
import type { Walk } from './walk.ts';

/** Type of ICMP. */
const ECHO_REQUEST = 8;

/** `port`: who sends; null: somebody beyond a link. */
export function leaveToInternet(walk: Walk, port: Port | null, gateway: string): void {
  if (isIpv6(walk.destination)) {
    walk.pass('gateway', 'egress', gateway, walk.source);
    walk.enter('internet', walk.source, walk.destination);
    enterFromInternet(walk);
    return;
  }
  // By its source, whoever forwards it.
  const owner = walk.index.portAt(walk.domain, walk.source);
  const publicAddress = owner?.publics.find(({ address }) => address === walk.source)?.publicAddress;
  if (publicAddress === undefined) {
    walk.drop(
      'gateway',
      'egress',
      gateway,
      'IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS',
      `${walk.source}${port === null ? '' : ` of ${port.id}`} has no public address: ${gateway} translates nothing else`,
      port === null ? [gateway] : [port.id, gateway],
    );
    return;
  }
  walk.pass('gateway', 'egress', gateway, publicAddress);
  walk.enter('internet', publicAddress, walk.destination);
  enterFromInternet(walk);
}

/** The packet is in the internet and looks for who has its destination. */
export function enterFromInternet(walk: Walk): void {
  const place = walk.index.publicPlaces.get(walk.destination);
  if (place !== undefined) toPlace(walk, place);
  else toPublicAddress(walk);
}

function toPlace(walk: Walk, { kind, id, port, origin }: PublicPlace): void {
  if (walk.flow.protocol === '6' && walk.flow.to.port === port) {
    walk.deliver(kind, id);
    return;
  }
  const sentence = `${id} answers on TCP port ${port} only`;
  walk.drop('target', 'ingress', id, 'CULVERT_PORT_NOT_SERVED', sentence, origin);
}

function toPublicAddress(walk: Walk): void {
  const receiver = walk.index.publicPort(walk.destination);
  if (receiver === undefined) {
    toStranger(walk);
    return;
  }
  const gateway = gatewayTo(walk, receiver);
  const own = isIpv6(walk.destination)
    ? walk.destination
    : receiver.publics.find(({ publicAddress }) => publicAddress === walk.destination)?.address;
  if (gateway === undefined || own === undefined) {
    walk.drop(
      'route',
      'ingress',
      receiver.domain,
      'IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS',
      `${receiver.domain} has no internet gateway attached through which ${walk.destination} could be reached`,
      [receiver.id, receiver.domain],
    );
    return;
  }
  const isClosed = gateway.kind === 'egressOnly';
  if (!isClosed) walk.pass('gateway', 'ingress', gateway.id, own);
  walk.enter(receiver.domain, walk.source, own);
  if (isClosed) {
    const sentence = `${gateway.id} lets nothing in but what answers: ${walk.destination} is reached through no other gateway`;
    walk.drop('gateway', 'ingress', gateway.id, 'CULVERT_EGRESS_ONLY', sentence, [gateway.id, receiver.id]);
  }
  passAcl(walk, { segment: receiver.segment, direction: 'ingress', other: walk.source });
  const node = walk.index.nodes.get(`${receiver.id} ${own}`);
  walk.onReply(() => wayBack(walk, receiver, gateway.id));
  if (node !== undefined) {
    toBalancer(walk, node);
    return;
  }
  passGroups(walk, receiver, 'ingress', walk.source);
  if (hasMachine(walk, receiver, 'target')) walk.deliver('port', receiver.id);
}

/** To an address that nobody here has: perhaps somebody outside. */
function toStranger(walk: Walk): void {
  const { index, flow, destination } = walk;
  const beyond = index.beyond(destination);
  if (beyond === undefined) {
    const sentence = `nobody in the internet has ${destination}`;
    walk.drop('target', 'ingress', 'internet', 'CULVERT_ADDRESS_NOT_IN_USE', sentence);
    return;
  }
  const { outside, closed } = beyond;
  if (closed !== null) {
    const sentence = `${destination} is in ${closed}, where the way outside does not lead: it is private, or the host's own`;
    walk.drop('outside', 'egress', 'internet', 'CULVERT_OUTSIDE_CLOSED', sentence);
  }
  if (!isCarried(flow, outside)) {
    const sentence = `the way outside is for TCP and UDP${outside.echoes ? ' and echo requests' : ''} only`;
    walk.drop('outside', 'egress', 'internet', 'CULVERT_OUTSIDE_PROTOCOL', sentence);
  } else if (closed === null) walk.pass('outside', 'egress', 'internet', destination);
  walk.deliver('outside', 'internet');
}

function isCarried({ protocol, to }: Flow, { echoes }: Outside): boolean {
  const isEcho = protocol === '1' && to.port === ECHO_REQUEST;
  return protocol === '6' || protocol === '17' || (echoes && isEcho);
}

/** The gateway through which the internet reaches the address. */
function gatewayTo({ index, destination }: Walk, receiver: Port): Gateway | undefined {
  if (!isIpv6(destination)) return index.gatewayOf(receiver.domain);
  return index.gateways.get(index.segments.get(receiver.segment)?.ipv6Gateway ?? '');
}

/** The answer follows the receiver's own route table: without a route it never leaves the subnet, and by a link it comes to somebody who knows nothing of it. */
function wayBack(walk: Walk, receiver: Port, gateway: string): void {
  const route = replyRoute(walk, receiver);
  if (route === null) return;
  const table = walk.index.tableName(walk.index.segments.get(receiver.segment)?.routeTable ?? '');
  // An IPv6 address is the same by any gateway, or by a peering connection.
  const isWay = isIpv6(walk.destination)
    ? route?.via.kind === 'gateway' || route?.via.kind === 'link'
    : route?.via.kind === 'gateway' && route.via.gateway === gateway;
  if (route !== undefined && isWay) {
    walk.pass('route', 'reply', table, route.destination);
    return;
  }
  const sentence = `${table} has no route back to ${walk.destination} through ${gateway}`;
  walk.drop(route?.via.kind === 'link' ? 'link' : 'route', 'reply', table, 'CULVERT_NO_WAY_BACK', sentence);
}
