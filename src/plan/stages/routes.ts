/**
 * Route tables. The local route of each VPC block is implied at AWS and spelled out here; a route whose target is gone,
 * detached, stopped or not in force stays and drops what it takes ("blackhole"), it does not fall through to a wider one. A route to a prefix list is one to each of its blocks: it yields to an explicit one to the
 * same block and to the local ones; of two lists with the same block the route that was there first has it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
 */
import type { Intent } from '../../model/intent.ts';
import { currentVersion, isListId } from '../../model/prefix-lists.ts';
import { propagatedRoutes, transitAttachmentOf } from '../../model/remote.ts';
import type { Route as IntentRoute, RouteTable as IntentTable, PrefixListVersion, Vpc } from '../../model/resources.ts';
import { isRouteActive } from '../../model/route-targets.ts';
import { blocksOf } from '../../model/vpc-blocks.ts';
import { cidrCovers } from '../../net/cidr.ts';
import { type Chunks, chunksOf, joined, ordered, placeIn } from '../lists.ts';
import { remember, rememberWith } from '../memo.ts';
import { compareDestinations, destinationOf, sortById } from '../order.ts';
import type { Route, RouteTable } from '../plan.ts';
import { attachmentLinks } from './hubs.ts';
import { type GatewayEndpoint, serviceGatewayRoutes } from './service-gateways.ts';
import { isZoned, sortedRoutes, zonedId } from './zoned-tables.ts';

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
  const vias = new Map<string, string>();
  const viaText = (route: IntentRoute) => {
    const { id } = route.target;
    const known = vias.get(id) ?? JSON.stringify(viaOf(intent, table, route, zone ?? ''));
    vias.set(id, known);
    return known;
  };
  const asked = sortedRoutes(table.routes);
  const hasLists = isListId(asked.at(-1)?.at(-1)?.destination ?? '');
  const explicit = hasLists ? asked.map(toBlocks).flatMap(chunksOf) : asked;
  const byList = hasLists ? table.routes.filter(({ destination }) => isListId(destination)) : [];
  const locals = vpc === undefined ? [] : localsOf(vpc);
  const propagated = propagatedRoutes(intent, table.propagatingGatewayIds ?? [], table.vpcId).map(
    ({ destination, gatewayId }): Route => ({ destination, via: { kind: 'link', link: gatewayId } }),
  );
  const others = [
    ...byList.flatMap((route) => {
      const version = currentVersion(intent, route.destination);
      return version === undefined ? [] : ofList(version, viaText(route));
    }),
    ...toServices,
    ...propagated,
  ];
  const isApart = (route: Route) => !locals.some((local) => cidrCovers(destinationOf(local), destinationOf(route)));
  const apart = others.filter(isApart);
  const sorted = all(joined<Either>([...explicit, unlessTaken(explicit, [...locals, ...apart])]));
  return joined(sorted.map((chunk) => routesBy(chunk, `[${targetsIn(chunk).map(viaText).join()}]`)));
}

/** One that is decided yet, or one that is not. */
type Either = IntentRoute | Route;

const toBlocks = remember((routes: readonly IntentRoute[]) =>
  routes.filter(({ destination }) => !isListId(destination)),
);

const all = ordered({ imageOf: (route: Either) => route, compare: compareDestinations });

const localsOf = remember((vpc: Vpc): readonly Route[] =>
  blocksOf(vpc).map((destination) => ({ destination, via: { kind: 'local' } })),
);

/** Thousands of routes lead to a handful of targets: one route to each. */
const targetsIn = remember((routes: readonly Either[]): readonly IntentRoute[] => {
  const undecided = routes.filter((route) => 'target' in route);
  return [...new Map(undecided.map((route) => [route.target.id, route])).values()];
});

/** `vias`: where each of `targetsIn` leads. */
const routesBy = rememberWith((routes: readonly Either[], vias: string): readonly Route[] => {
  const known: readonly Route['via'][] = JSON.parse(vias);
  const byTarget = new Map(targetsIn(routes).map(({ target }, at) => [target.id, known[at] as Route['via']]));
  return routes.map((route) =>
    'via' in route ? route : { destination: route.destination, via: byTarget.get(route.target.id) as Route['via'] },
  );
});

const ofList = rememberWith((version: PrefixListVersion, via: string): readonly Route[] =>
  version.entries.map(({ cidr }) => ({ destination: cidr, via: JSON.parse(via) })),
);

/** Of `routes`, the first to each block that none of `taken` leads to. */
function unlessTaken(taken: Chunks<IntentRoute>, routes: readonly Route[]): readonly Route[] {
  const seen = new Set<string>();
  return routes.filter((route) => {
    const { destination } = route;
    if (seen.has(destination)) return false;
    seen.add(destination);
    const { at, place } = placeIn(taken, (other) => compareDestinations(other, route) < 0);
    return taken[at]?.[place]?.destination !== destination;
  });
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
