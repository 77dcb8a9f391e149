/**
 * Route tables. The local route of each VPC block is implied at AWS and spelled out here; a route whose gateway is gone or
 * detached, or whose peering connection is not in force, stays and drops what it takes ("blackhole"), it does not
 * fall through to a wider one. A route to a prefix list is one to each of its blocks: it yields to an explicit one to the
 * same block and to the local ones; of two lists with the same block the route that was there first has it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
 */
import type { Intent } from '../../model/intent.ts';
import { isInForce } from '../../model/peerings.ts';
import { currentVersion, isListId } from '../../model/prefix-lists.ts';
import type { Route as IntentRoute, RouteTable as IntentTable } from '../../model/resources.ts';
import { cidrCovers, cidrOf } from '../../net/cidr.ts';
import { sortByDestination, sortById } from '../order.ts';
import type { Route, RouteTable } from '../plan.ts';
import { type GatewayEndpoint, serviceGatewayRoutes } from './service-gateways.ts';

export function compileRouteTables(intent: Intent, gateways: readonly GatewayEndpoint[]): readonly RouteTable[] {
  const toServices = serviceGatewayRoutes(gateways);
  return sortById(
    [...intent.table('routeTable').all()].map((table) => ({
      id: table.id,
      origin: [table.id, table.vpcId],
      domain: table.vpcId,
      routes: routesOf(intent, table, toServices.get(table.id) ?? []),
    })),
  );
}

function routesOf(intent: Intent, table: IntentTable, toServices: readonly Route[]): readonly Route[] {
  const vpc = intent.table('vpc').get(table.vpcId);
  const locals = [...(vpc?.cidrs ?? []), ...(vpc?.ipv6Cidrs ?? [])].map(
    (destination): Route => ({ destination, via: { kind: 'local' } }),
  );
  const explicit: Route[] = [];
  const byList: Route[] = [];
  for (const route of table.routes) {
    const via = viaOf(intent, table, route);
    if (!isListId(route.destination)) explicit.push({ destination: route.destination, via });
    const { entries = [] } = currentVersion(intent, route.destination) ?? {};
    byList.push(...entries.map(({ cidr }) => ({ destination: cidr, via })));
  }
  const taken = new Map([...locals, ...explicit].map((route) => [route.destination, route]));
  const blocks = locals.map(({ destination }) => cidrOf(destination));
  for (const route of [...byList, ...toServices]) {
    const isLocal = () => blocks.some((block) => cidrCovers(block, cidrOf(route.destination)));
    if (!taken.has(route.destination) && !isLocal()) taken.set(route.destination, route);
  }
  return sortByDestination([...taken.values()]);
}

function viaOf(intent: Intent, table: IntentTable, route: IntentRoute): Route['via'] {
  if (route.target.kind === 'vpcPeering') {
    const peering = intent.table('vpcPeering').get(route.target.id);
    return peering !== undefined && isInForce(peering) ? { kind: 'link', link: peering.id } : { kind: 'blackhole' };
  }
  const attachedTo = intent.table(route.target.kind).get(route.target.id)?.vpcId;
  return attachedTo === table.vpcId ? { kind: 'gateway', gateway: route.target.id } : { kind: 'blackhole' };
}
