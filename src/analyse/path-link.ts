/**
 * Stage 'link': into a link of a domain and out of it at its other end, through as many hubs as there are between. A peering
 * connection takes a packet from this VPC's blocks to the other's and no further: what a gateway, an endpoint's prefix list or
 * a third VPC has is not in these blocks. A hub takes what its tables lead somewhere.
 * https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
 */
import { isIpv6 } from '../net/ip.ts';
import type { Link, LinkEnd, Port, Route } from '../plan/plan.ts';
import { type Boundary, passAclOnce } from './acl.ts';
import { replyRoute } from './path-port.ts';
import type { Walk } from './walk.ts';

/** Routes may lead in a circle, where the kernel's packets die of their TTL. */
const MOST_LINKS = 16;

/** The end at which the packet is now, in a domain of a customer's; null where it does not get there. */
export function throughLink(walk: Walk, id: string): LinkEnd | null {
  const { link, near, far } = endsOf(walk, id);
  if (++walk.links > MOST_LINKS) {
    const sentence = `routes lead ${walk.destination} in a circle through ${id}`;
    walk.drop('route', 'egress', id, 'BAD_STATE_ROUTE', sentence, link.origin);
    return null;
  }
  if (link.kind === 'peering' && !passesPeering(walk, link, near, far)) return null;
  if (link.kind !== 'peering') walk.pass('link', 'egress', id, madeOf(link));
  intoAttachment(walk, near, 'first');
  walk.ways.set(walk.domain, id);
  walk.enter(far.domain, walk.source, walk.destination);
  walk.link = id;
  if (walk.index.domains.get(far.domain)?.kind === 'hub') return throughHub(walk, link, far);
  if (link.kind !== 'peering' && holds(walk, far, walk.source)) {
    const sentence = `${walk.source} is an address of ${far.domain} itself: nobody beyond ${id} may send from it`;
    walk.drop('link', 'ingress', id, 'GATEWAY_REJECTS_SPOOFED_TRAFFIC', sentence, link.origin);
  }
  return far;
}

/** What goes to a hub through an interface of it, which is in a subnet of the VPC. */
function intoAttachment(walk: Walk, end: LinkEnd, of: 'first' | 'reply'): void {
  passAttachment(walk, end, { direction: 'ingress', other: walk.source, isAttachment: true }, of);
}

/** What comes from a hub through an interface of it. */
export function outOfAttachment(walk: Walk, end: LinkEnd, of: 'first' | 'reply'): void {
  passAttachment(walk, end, { direction: 'egress', other: walk.destination }, of);
}

/** The ACL there is of the end's own domain, wherever the walk back stands. */
function passAttachment(
  walk: Walk,
  { domain: there, segment }: LinkEnd,
  boundary: Omit<Boundary, 'segment'>,
  of: 'first' | 'reply',
): void {
  if (segment === null) return;
  const { domain } = walk;
  walk.domain = there;
  passAclOnce(walk, { ...boundary, segment }, of);
  walk.domain = domain;
}

/** Whether anybody on the way could read it. */
function madeOf({ id, kind, outside }: Link): string {
  if (kind !== 'tunnel') return id;
  return outside === null ? `${id}, a plain link` : `${id}, encrypted from ${outside.join(' to ')}`;
}

function throughHub(walk: Walk, link: Link, { domain, routeTable }: LinkEnd): LinkEnd | null {
  if (routeTable === null) {
    const [, attachment = link.id] = link.origin;
    const sentence = `${attachment} is associated with no route table of ${domain}: nothing that comes from it is routed`;
    walk.drop('route', 'egress', attachment, 'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION', sentence, link.origin);
    return null;
  }
  const table = walk.index.tableName(routeTable);
  const found = walk.index.route(routeTable, walk.destination);
  if (found?.via.kind === 'link') {
    walk.pass('route', 'egress', table, found.destination);
    return throughLink(walk, found.via.link);
  }
  if (found === undefined) {
    const sentence = `${table} has no route to ${walk.destination}`;
    walk.drop('route', 'egress', table, 'NO_ROUTE_TO_DESTINATION', sentence, [table, domain]);
  } else {
    const sentence = `the route ${found.destination} of ${table} is a blackhole`;
    walk.drop('route', 'egress', table, 'TGW_RTB_BAD_STATE_ROUTE', sentence, [table, domain]);
  }
  return null;
}

/** True where something beyond may have the destination. */
function passesPeering(walk: Walk, link: Link, near: LinkEnd, far: LinkEnd): boolean {
  const isFromHere = holds(walk, near, walk.source);
  const isToThere = holds(walk, far, walk.destination);
  if (isFromHere && isToThere) walk.pass('link', 'egress', link.id, link.id);
  else if (!isToThere) dropOutside(walk, link, `${walk.destination} is no address of ${far.domain}`);
  else dropOutside(walk, link, `${walk.source} is no address of ${near.domain}`);
  return isToThere;
}

function dropOutside(walk: Walk, { id, origin }: Link, what: string): void {
  const sentence = `${what}: ${id} carries nothing to or from what lies beyond its two VPCs`;
  walk.drop('link', 'egress', id, 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR', sentence, origin);
}

function endsOf(walk: Walk, id: string): { readonly link: Link; readonly near: LinkEnd; readonly far: LinkEnd } {
  const link = walk.index.links.get(id);
  const near = link?.ends.find(({ domain }) => domain === walk.domain);
  const far = link?.ends.find((end) => end !== near);
  if (link === undefined || near === undefined || far === undefined) throw new Error(`no link ${id} in ${walk.domain}`);
  return { link, near, far };
}

function holds(walk: Walk, { cidrs }: LinkEnd, address: string): boolean {
  return walk.index.isWithin(cidrs, address);
}

/** On the way back, of who has the source or of the port `from`: whether what answers gets into the domain that the first packet came from, by whichever links. */
export function checkWayBack(walk: Walk, link: string, home: string, from?: Port): void {
  const { domain, source, destination } = walk;
  const receiver = from ?? walk.index.portAt(domain, source);
  let table: string | null = walk.index.segments.get(receiver?.segment ?? '')?.routeTable ?? null;
  let at = domain;
  for (let links = 0; table !== null && links < MOST_LINKS; links++) {
    const found =
      at === domain && receiver !== undefined ? replyRoute(walk, receiver) : walk.index.route(table, destination);
    if (found === null) return;
    if (at === domain && found?.via.kind === 'gateway') {
      leaveByGateway(walk, { table, gateway: found.via.gateway, link, isTranslated: from !== undefined });
      return;
    }
    if (found?.via.kind !== 'link') {
      walk.domain = at;
      dropReply(walk, table, link, found?.via);
      return;
    }
    const ends: readonly LinkEnd[] = walk.index.links.get(found.via.link)?.ends ?? [];
    for (const near of ends) if (near.domain === at) intoAttachment(walk, near, 'reply');
    const far = ends.find((end) => end.domain !== at);
    if (far === undefined) return;
    if (far.domain === home) {
      outOfAttachment(walk, far, 'reply');
      walk.ways.set(home, found.via.link);
      return;
    }
    const isHub = walk.index.domains.get(far.domain)?.kind === 'hub';
    if (!isHub || far.routeTable === null) {
      // To another VPC with the same range, or into a hub that routes nothing of it.
      if (isHub) walk.domain = far.domain;
      dropReply(walk, table, link, isHub ? undefined : found.via);
      return;
    }
    at = far.domain;
    table = far.routeTable;
  }
  if (table === null) return;
  const sentence = `routes lead ${destination} in a circle: what answers does not come back through ${link}`;
  walk.drop('route', 'reply', link, 'CULVERT_ROUTE_LOOP', sentence);
}

interface Leaving {
  readonly table: string;
  readonly gateway: string;
  readonly link: string;
  /** It comes out of a NAT gateway. */
  readonly isTranslated: boolean;
}

/**
 * What answers is of IPv6 the same by any way, unless it is a load balancer's that keeps away from gateways
 * (ipv6.deny_all_igw_traffic), and connections are known wherever their answers come in. Of IPv4 it is nobody's; out of a NAT gateway
 * it still has the other's address, which the internet does not take from here.
 */
function leaveByGateway(walk: Walk, { table, gateway, link, isTranslated }: Leaving): void {
  const { source, destination, index } = walk;
  const name = index.tableName(table);
  const own = index.portAt(walk.domain, source);
  if (isIpv6(destination) && own?.deniesInternet) {
    const sentence = `${name} leads ${destination} to ${gateway}, through which ${own.id} neither sends nor gets anything: what answers does not come back through ${link}`;
    walk.drop('gateway', 'reply', gateway, 'CULVERT_NO_WAY_BACK', sentence, [gateway, name, link, own.id]);
    return;
  }
  const segment = index.segments.get(index.publicPort(destination)?.segment ?? '');
  if (isIpv6(destination) && segment !== undefined && segment.ipv6Gateway !== null) {
    walk.pass('gateway', 'reply', gateway, source);
    return;
  }
  const sentence = `${name} leads ${destination} to ${gateway}: what answers does not come back through ${link}`;
  const stage = isTranslated ? 'source' : 'gateway';
  walk.drop(stage, 'reply', gateway, 'CULVERT_NO_WAY_BACK', sentence, [gateway, name, link]);
}

function dropReply(walk: Walk, routeTable: string, link: string, via: Route['via'] | undefined): void {
  const table = walk.index.tableName(routeTable);
  const { destination } = walk;
  const isElsewhere = via?.kind === 'link';
  const why =
    via?.kind === 'blackhole'
      ? `leads ${destination} into a blackhole`
      : isElsewhere
        ? `leads ${destination} to ${via.link}`
        : `has no route to ${destination}`;
  const sentence = `${table} ${why}: what answers does not come back through ${link}`;
  const components = [table, link];
  walk.drop(isElsewhere ? 'link' : 'route', 'reply', table, 'CULVERT_NO_WAY_BACK', sentence, components);
}
