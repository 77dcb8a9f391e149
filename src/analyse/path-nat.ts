/**
 * Stage 'nat': a route to a NAT gateway. The connection goes on from the gateway's own address, by the route table of its subnet, and
 * what answers comes back through it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
 */
import type { NatGateway, Port } from '../plan/plan.ts';
import { passAcl } from './acl.ts';
import { describe } from './group.ts';
import { checkWayBack } from './path-link.ts';
import { checkLocalReply } from './path-port.ts';
import type { Walk } from './walk.ts';

const CARRIED: ReadonlySet<string> = new Set(['1', '6', '17']);

/** `port` is the gateway's, `from` whose table led here, if the packet did not come by a link. `onward` walks on from a port. */
export function throughNat(
  walk: Walk,
  { id, origin, address }: NatGateway,
  { port, from, table }: { readonly port: Port; readonly from: Port | null; readonly table: string },
  onward: (walk: Walk, port: Port) => void,
): void {
  if (from === port || walk.passed.includes(port.id)) {
    const sentence = `${table} leads ${walk.destination} back to ${id}, which it came from`;
    walk.drop('route', 'egress', table, 'CULVERT_ROUTE_LOOP', sentence, [table, id]);
    return;
  }
  const { link, home } = walk;
  // To its clients what answers comes from it.
  walk.onReply(() => walk.ways.delete(walk.domain));
  passAcl(walk, {
    segment: port.segment,
    direction: 'ingress',
    other: walk.source,
    link: from === null ? link : null,
  });
  if (!CARRIED.has(walk.flow.protocol)) {
    const sentence = `${id} carries TCP, UDP and ICMP only, not ${describe(walk.flow)}`;
    walk.drop('nat', 'egress', id, 'PROTOCOL_RESTRICTION', sentence, origin);
  }
  if (link === null) walk.onReply(() => checkLocalReply(walk, port));
  else walk.onReply(() => checkWayBack(walk, link, home, port));
  walk.pass('nat', 'egress', id, address);
  walk.passed.push(port.id);
  walk.enter(walk.domain, address, walk.destination);
  onward(walk, port);
}
