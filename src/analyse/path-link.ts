/**
 * Stage 'link': into a peering connection and out of it in the other VPC. It takes a packet from this VPC's blocks to the
 * other's and no further: what a gateway, an endpoint's prefix list or a third VPC has is not in these blocks.
 * https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
 */
import type { Link, LinkEnd } from '../plan/plan.ts';
import type { Walk } from './walk.ts';

/** True where the packet is in the far domain now and something there may have its address. */
export function throughLink(walk: Walk, id: string): boolean {
  const link = walk.index.links.get(id);
  const near = link?.ends.find(({ domain }) => domain === walk.domain);
  const far = link?.ends.find((end) => end !== near);
  if (link === undefined || near === undefined || far === undefined) throw new Error(`no link ${id} in ${walk.domain}`);
  const isFromHere = holds(walk, near, walk.source);
  const isToThere = holds(walk, far, walk.destination);
  if (isFromHere && isToThere) walk.pass('link', 'egress', id, id);
  else if (!isToThere) dropOutside(walk, link, `${walk.destination} is no address of ${far.domain}`);
  else dropOutside(walk, link, `${walk.source} is no address of ${near.domain}`);
  if (!isToThere) return false;
  walk.enter(far.domain, walk.source, walk.destination);
  walk.link = id;
  return true;
}

function dropOutside(walk: Walk, { id, origin }: Link, what: string): void {
  const sentence = `${what}: ${id} carries nothing to or from what lies beyond its two VPCs`;
  walk.drop('link', 'egress', id, 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR', sentence, origin);
}

function holds(walk: Walk, { cidrs }: LinkEnd, address: string): boolean {
  return walk.index.isWithin(cidrs, address);
}

/** On the way back: whether what answers leaves by the link that the first packet came in by. */
export function checkWayBack(walk: Walk, link: string): void {
  const { domain, source, destination } = walk;
  const segment = walk.index.portAt(domain, source)?.segment ?? '';
  const table = walk.index.segments.get(segment)?.routeTable;
  if (table === undefined) return;
  const found = walk.index.route(table, destination);
  if (found?.via.kind === 'link' && found.via.link === link) return;
  const why =
    found?.via.kind === 'blackhole' ? `leads ${destination} into a blackhole` : `has no route to ${destination}`;
  const sentence = `${table} ${why}: what answers does not come back through ${link}`;
  walk.drop('route', 'reply', table, 'CULVERT_NO_WAY_BACK', sentence, [table, link]);
}
