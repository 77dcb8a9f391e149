/**
 * A route to a port: the packet comes to what is plugged in there, whatever its destination, if the source/destination check is off.
 * What that machine does with it no Plan says: the walk goes on both as if it sent it on as it is and as if it put its own address in
 * front (a NAT instance), and where these fare differently the outcome depends on it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html#route-tables-appliance-routing
 */
import { isIpv6 } from '../net/ip.ts';
import type { Port, Route } from '../plan/plan.ts';
import { passAclOnce } from './acl.ts';
import { passGroups } from './group.ts';
import { dropMartian, hasMachine } from './machine.ts';
import type { PlanIndex } from './plan-index.ts';
import type { Walk } from './walk.ts';

/** What takes a packet from a port to an address. Within a segment, and to what the router itself holds, no route is asked. */
export function routeFrom(index: PlanIndex, { domain, segment }: Port, address: string): Route | undefined {
  const at = index.segments.get(segment);
  const found = index.route(at?.routeTable ?? '', address);
  if (found === undefined || (found.via.kind !== 'port' && found.via.kind !== 'blackhole')) return found;
  const owner = index.portAt(domain, address);
  const isHeld = owner === undefined ? index.isRouter(domain, address) : owner.kind !== 'machine';
  const ip = index.ipOf(address);
  const isInside = at !== undefined && ip !== undefined && index.isInSegment(at, ip);
  return isHeld || isInside ? { destination: found.destination, via: { kind: 'local' } } : found;
}

/** Not to its own address. `table` led here, which is of the port `from`, if the packet did not come by a link. `onward` walks on from a port. */
export function throughPort(
  walk: Walk,
  { table, from }: { readonly table: string; readonly from: Port | null },
  id: string,
  onward: (walk: Walk, port: Port) => void,
): void {
  const port = routedPort(walk.index, id);
  if (port === from || walk.passed.includes(id)) {
    takesOthers(walk, port, 'ingress');
    const sentence = `${table} leads ${walk.destination} back to ${id}, which it came from`;
    walk.drop('route', 'egress', table, 'CULVERT_ROUTE_LOOP', sentence, [table, id]);
    return;
  }
  if (!takesOthers(walk, port, 'ingress')) return;
  const link = from === null ? walk.link : null;
  passAclOnce(walk, { segment: port.segment, direction: 'ingress', other: walk.source, link });
  passGroups(walk, port, 'ingress', walk.source);
  dropMartian(walk, port);
  if (!hasMachine(walk, port, 'target')) return;
  walk.passed.push(id);
  const own = port.addresses.find((address) => isIpv6(address) === isIpv6(walk.destination));
  for (const source of [walk.source, own ?? '']) onward(walk.branch(source), port);
}

/** Records what keeps a port from what is for others. */
function takesOthers(walk: Walk, port: Port, direction: 'ingress' | 'reply'): boolean {
  if (!port.addresses.some((address) => isIpv6(address) === isIpv6(walk.destination))) {
    const sentence = `${port.id} has no address of the family of ${walk.destination}`;
    walk.drop('route', direction, port.id, 'CULVERT_NO_ADDRESS_OF_FAMILY', sentence);
    return false;
  }
  if (!port.spoofGuard) return true;
  const sentence = `${walk.destination} is not an address of ${port.id}, whose source/destination check is on`;
  walk.drop('source', direction, port.id, 'ENI_SOURCE_DEST_CHECK_RESTRICTION', sentence);
  return false;
}

/**
 * On the way back: what takes an answer out of the receiver's domain, or to its client there. Ports on the way are taken to send it
 * on. undefined: nothing does. null: something on the way stops it, which is recorded.
 */
export function replyRoute(walk: Walk, receiver: Port): Route | undefined | null {
  const { index, source, destination } = walk;
  const passed = new Set<string>();
  for (let port = receiver; ; ) {
    const found = routeFrom(index, port, destination);
    if (found?.via.kind !== 'port') return found;
    const next = routedPort(index, found.via.port);
    // The client itself.
    if (next.addresses.includes(destination)) return { destination: found.destination, via: { kind: 'local' } };
    const gateway = index.natGateways.get(next.id);
    if (gateway !== undefined) {
      passAclOnce(walk, { segment: next.segment, direction: 'ingress', other: source }, 'reply');
      const sentence = `${tableOf(index, port)} leads ${destination} to ${gateway.id}, which knows nothing of what is answered`;
      walk.drop('nat', 'reply', gateway.id, 'CULVERT_NO_WAY_BACK', sentence, [gateway.id, tableOf(index, port)]);
      return null;
    }
    if (next === receiver || passed.has(next.id)) {
      takesOthers(walk, next, 'reply');
      const table = tableOf(index, port);
      const sentence = `${table} leads ${destination} back to ${next.id}: no answer comes back`;
      walk.drop('route', 'reply', table, 'CULVERT_ROUTE_LOOP', sentence, [table, next.id]);
      return null;
    }
    if (!takesOthers(walk, next, 'reply')) return null;
    passAclOnce(walk, { segment: next.segment, direction: 'ingress', other: source }, 'reply');
    passAclOnce(walk, { segment: next.segment, direction: 'egress', other: destination }, 'reply');
    walk.pass('route', 'reply', next.id, tableOf(index, port));
    passed.add(next.id);
    port = next;
  }
}

/** On the way back, within a domain: whether the receiver's own routes bring an answer to the client. */
export function checkLocalReply(walk: Walk, receiver: Port): void {
  if (replyRoute(walk, receiver)?.via.kind !== 'blackhole') return;
  const table = tableOf(walk.index, receiver);
  const sentence = `${table} leads ${walk.destination} into a blackhole: what answers does not come back`;
  walk.drop('route', 'reply', table, 'CULVERT_NO_WAY_BACK', sentence);
}

function tableOf(index: PlanIndex, { segment }: Port): string {
  return index.tableName(index.segments.get(segment)?.routeTable ?? '');
}

function routedPort(index: PlanIndex, id: string): Port {
  const port = index.ports.get(id);
  if (port === undefined) throw new Error(`a route names ${id}, which is not in the plan`);
  return port;
}
