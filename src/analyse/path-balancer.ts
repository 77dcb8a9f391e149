/**
 * Stage 'spread': at a load balancer's node, and on to each target that it may choose. Which one a connection meets is not
 * told: that is a hash of its addresses and ports. Health is as the Plan has it.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/introduction.html
 */
import { isIpv6 } from '../net/ip.ts';
import type { BalancerListener, PoolAddress, Port } from '../plan/plan.ts';
import { passAcl } from './acl.ts';
import { type Flow, wayOf } from './flow.ts';
import { describe, passFilters } from './group.ts';
import { isItself, isPlugged, takesPackets } from './machine.ts';
import type { IndexedNode } from './plan-index.ts';
import type { Walk } from './walk.ts';

/** To a node's own address, from its domain or the internet. One that was made without groups lets all in. */
export function toBalancer(walk: Walk, found: IndexedNode): void {
  const { filters, id } = found.balancer;
  if (filters !== null) {
    passFilters(walk, { ids: filters, component: id, direction: 'ingress', peer: walk.source, members: [walk.source] });
  }
  spread(walk, found, false);
}

/** `crossed`: it came through PrivateLink, and looks to targets as if it came from the node. */
export function spread(walk: Walk, found: IndexedNode, crossed: boolean): void {
  const { balancer, node } = found;
  const listener = node.listeners.find((each) => listensTo(each, walk.flow));
  if (listener === undefined) {
    const sentence = `${balancer.id} has no listener for ${describe(walk.flow)}`;
    walk.drop('spread', 'ingress', balancer.id, 'ELBV2_LISTENERS_MISMATCH', sentence, balancer.origin);
    return;
  }
  if (listener.targets.length === 0) {
    dropWithoutTargets(walk, found, listener);
    return;
  }
  walk.pass('spread', 'ingress', balancer.id, listener.id);
  const pool = walk.index.pools.get(listener.pool);
  const preserves = !crossed && listener.engine === 'kernel' && pool?.preserveClientAddress === true;
  const source = preserves ? walk.source : listener.from;
  for (const target of listener.targets)
    toTarget(walk.branch(source, { ...target, code: null }), found, listener, target);
}

/** TLS is spoken over TCP. */
export function listensTo(listener: Pick<BalancerListener, 'protocol' | 'port'>, { protocol, to }: Flow): boolean {
  return listener.port === to.port && (listener.protocol === 'udp' ? '17' : '6') === protocol;
}

function dropWithoutTargets(
  walk: Walk,
  { balancer, node }: IndexedNode,
  { id, protocol, pool }: BalancerListener,
): void {
  const elsewhere = balancer.nodes
    .filter(({ address }) => isIpv6(address) === isIpv6(node.address))
    .filter((other) => other.listeners.some((each) => each.id === id && each.protocol === protocol && each.targets[0]))
    .map(({ zone }) => zone);
  const components = [pool, balancer.id];
  if (elsewhere.length === 0) {
    const sentence = `${pool} has no target that the node of ${balancer.id} in ${node.zone} could send to`;
    walk.drop('spread', 'ingress', balancer.id, 'ELBV2_NO_TARGETS_IN_AZ', sentence, components);
  } else {
    const sentence = `${pool} has no target in ${node.zone}, and cross-zone is off: those in ${elsewhere.join(', ')} are not used`;
    walk.drop('spread', 'ingress', balancer.id, 'ELB_NOT_CROSSZONE', sentence, components);
  }
}

function toTarget(
  walk: Walk,
  { balancer, node }: IndexedNode,
  { pool, from, engine }: BalancerListener,
  { address, port }: PoolAddress,
): void {
  const { filters, id } = balancer;
  const segment = walk.index.ports.get(node.port)?.segment ?? '';
  const table = walk.index.segments.get(segment)?.routeTable ?? '';
  const route = walk.index.route(table, address);
  const receiver = walk.index.portAt(walk.domain, address);
  const isHeld = receiver !== undefined && receiver.kind !== 'machine';
  // What the kernel spreads to nobody is not sent at all: no gate is asked. What the edge sends meets those of its node first.
  if (engine === 'kernel') {
    if (isHeld) {
      dropHeld(walk, receiver, receiver.kind === 'crossing' ? 'cross' : 'spread', pool);
      return;
    }
    if (route?.via.kind === 'local' && !isThere(walk, receiver, id)) return;
  }
  if (walk.source === from && walk.measured.exhausted.has(wayOf(from, { address, port }))) {
    const sentence = `the node of ${id} in ${node.zone} has no port left towards ${address}:${port}: more targets, or fewer connections, are needed`;
    walk.drop('spread', 'egress', id, 'CULVERT_NODE_OUT_OF_PORTS', sentence, [pool, id]);
  }
  if (filters !== null) {
    passFilters(walk, { ids: filters, component: id, direction: 'egress', peer: address, members: [address] });
  }
  passAcl(walk, { segment, direction: 'egress', other: address });
  if (isHeld) {
    dropHeld(walk, receiver, 'route', pool);
    return;
  }
  if (route?.via.kind !== 'local') {
    const sentence = `${table} has no way from the node of ${id} in ${node.zone} to ${address}`;
    walk.drop('route', 'egress', table, 'NO_ROUTE_TO_DESTINATION', sentence);
    return;
  }
  walk.pass('route', 'egress', table, route.destination);
  if (!isThere(walk, receiver, id)) return;
  const isInside = receiver.segment === segment;
  passAcl(walk, { segment: receiver.segment, direction: 'ingress', other: walk.source, isInside });
  if (isItself(walk, receiver)) {
    const sentence = `${receiver.id} would get an address of its own machine as the client's, and answers nobody: client addresses are preserved`;
    walk.drop('spread', 'ingress', receiver.id, 'CULVERT_NO_WAY_BACK', sentence, [pool, receiver.id]);
  }
  // A rule that names the load balancer's group lets its clients in, even where these keep their own address.
  const members = [walk.source, from];
  const gate = {
    ids: receiver.filters ?? [],
    component: receiver.id,
    direction: 'ingress',
    peer: walk.source,
    members,
  } as const;
  if (receiver.filters !== null) passFilters(walk, gate);
  if (takesPackets(walk, receiver)) walk.deliver('port', receiver.id);
}

/** Whether the target's address is somebody's who runs. */
function isThere(walk: Walk, receiver: Port | undefined, balancer: string): receiver is Port {
  if (receiver !== undefined) return isPlugged(walk, receiver, 'target');
  const sentence = `no network interface has ${walk.destination}, a target of ${balancer}`;
  walk.drop('target', 'ingress', walk.domain, 'CULVERT_ADDRESS_NOT_IN_USE', sentence);
  return false;
}

/** An endpoint's interface or a load balancer's, as a target: `stage` is where the router stops what it would send to itself. */
function dropHeld(walk: Walk, { id, origin }: Port, stage: 'cross' | 'spread' | 'route', pool: string): void {
  const [, owner = id] = origin;
  const sentence = `${id}, a target of ${pool}, is an interface of ${owner}: a load balancer sends to interfaces of instances only`;
  walk.drop(stage, 'ingress', id, 'CULVERT_PORT_NOT_SERVED', sentence, [id, owner, pool]);
}
