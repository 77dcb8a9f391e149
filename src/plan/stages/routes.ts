/**
 * Route tables. The local route of each VPC block is implied at AWS and spelled out here; a route whose target is gone,
 * detached, stopped or not in force stays and drops what it takes ("blackhole"), it does not fall through to a wider one. A route to a prefix list is one to each of its blocks: it yields to an explicit one to the
 * same block and to the local ones; of two lists with the same block the route that was there first has it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
 */
import type { Intent } from '../../model/intent.ts';
import { currentVersion, isListId } from '../../model/prefix-lists.ts';
import { propagatedRoutes, transitAttachmentOf } from '../../model/remote.ts';
import type { Route as IntentRoute, RouteTable as IntentTable } from '../../model/resources.ts';
import { isRouteActive } from '../../model/route-targets.ts';
import { cidrCovers, cidrOf } from '../../net/cidr.ts';
import { sortByDestination, sortById } from '../order.ts';
import type { Route, RouteTable } from '../plan.ts';
import { attachmentLinks } from './hubs.ts';
import { type GatewayEndpoint, serviceGatewayRoutes } from './service-gateways.ts';
import { isZoned, zonedId } from './zoned-tables.ts';

export function compileRouteTables(intent: Intent, gateways: readonly GatewayEndpoint[]): readonly RouteTable[] {
  const toServices = serviceGatewayRoutes(gateways);
  return sortById(
    [...intent.table('routeTable').all()].flatMap((table) => {
      const { id, vpcId: domain } = table;
      const made = (zone: string | null): RouteTable => ({
        id: zone === null ? id : zonedId(id, zone),
        origin: [id, domain],
        domain,
        routes: routesOf(intent, table, toServices.get(id) ?? [], zone),
      });
      return isZoned(table) ? zonesOf(intent, domain).map(made) : [made(null)];
    }),
  );
}

function zonesOf(intent: Intent, vpcId: string): readonly string[] {
  return [
    ...new Set(
      intent
        .table('subnet')
        .by('vpcId', vpcId)
        .map(({ zoneId }) => zoneId),
    ),
  ];
}

/** `zone`: of who sends; null where no route asks for it. */
function routesOf(
  intent: Intent,
  table: IntentTable,
  toServices: readonly Route[],
  zone: string | null,
): readonly Route[] {
  const vpc = intent.table('vpc').get(table.vpcId);
  const locals = [...(vpc?.cidrs ?? []), ...(vpc?.ipv6Cidrs ?? [])].map(
    (destination): Route => ({ destination, via: { kind: 'local' } }),
  );
  const explicit: Route[] = [];
  const byList: Route[] = [];
  const ways = new Map<string, Way>();
  for (const route of table.routes) {
    const way = wayOf(intent, table, route, zone ?? '', ways);
    if (!isListId(route.destination)) {
      explicit.push(routeBy(route, way));
      continue;
    }
    const { entries = [] } = currentVersion(intent, route.destination) ?? {};
    byList.push(...entries.map(({ cidr }) => ({ destination: cidr, via: way.via })));
  }
  const blocks = locals.map(({ destination }) => cidrOf(destination));
  const propagated = propagatedRoutes(intent, table.propagatingGatewayIds ?? [], table.vpcId).map(
    ({ destination, gatewayId }): Route => ({ destination, via: { kind: 'link', link: gatewayId } }),
  );
  const own = [...explicit, ...unlessTaken(explicit, locals)];
  const others = [...byList, ...toServices, ...propagated].filter(
    ({ destination }) => !blocks.some((block) => cidrCovers(block, cidrOf(destination))),
  );
  return sortByDestination([...own, ...unlessTaken(own, others)]);
}

/** Of `routes`, the first to each block that none of `taken` leads to. */
function unlessTaken(taken: readonly Route[], routes: readonly Route[]): readonly Route[] {
  if (routes.length === 0) return routes;
  const asked = new Map(routes.toReversed().map((route) => [route.destination, route]));
  for (const { destination } of taken) asked.delete(destination);
  return routes.filter((route) => asked.get(route.destination) === route);
}

interface Way {
  readonly via: Route['via'];
  /** Equal where `via` is. */
  readonly text: string;
}

/** Thousands of routes lead to a handful of targets: each is looked up once. */
function wayOf(intent: Intent, table: IntentTable, route: IntentRoute, zone: string, known: Map<string, Way>): Way {
  const { id } = route.target;
  let way = known.get(id);
  if (way === undefined) {
    const via = viaOf(intent, table, route, zone);
    way = { via, text: JSON.stringify(via) };
    known.set(id, way);
  }
  return way;
}

const routesBy = new WeakMap<IntentRoute, { readonly text: string; readonly route: Route }>();

/** The very same object as before where it leads the same way, so that what is known of it is found again. */
function routeBy(from: IntentRoute, { via, text }: Way): Route {
  let known = routesBy.get(from);
  if (known?.text !== text) {
    known = { text, route: { destination: from.destination, via } };
    routesBy.set(from, known);
  }
  return known.route;
}

function viaOf(intent: Intent, table: IntentTable, { target }: IntentRoute, zone: string): Route['via'] {
  if (!isRouteActive(intent, table.vpcId, target)) return { kind: 'blackhole' };
  switch (target.kind) {
    case 'transitGateway':
      return viaTransit(intent, table, target.id, zone);
    case 'vpcPeering':
    case 'vpnGateway':
      return { kind: 'link', link: target.id };
    case 'networkInterface':
      return { kind: 'port', port: target.id };
    case 'natGateway':
      return { kind: 'port', port: intent.table(target.kind).get(target.id)?.interfaceId ?? '' };
    default:
      return { kind: 'gateway', gateway: target.id };
  }
}

/** Into the VPC's attachment, by the interface that it has in the sender's zone. */
function viaTransit(intent: Intent, { vpcId }: IntentTable, gatewayId: string, zone: string): Route['via'] {
  const attachment = transitAttachmentOf(intent, vpcId, gatewayId);
  if (attachment === undefined) return { kind: 'blackhole' };
  const link = attachmentLinks(intent, attachment.id).get(zone);
  return link === undefined ? { kind: 'zoneless', attachment: attachment.id } : { kind: 'link', link: link.id };
}
