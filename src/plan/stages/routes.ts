/**
 * Route tables. The local route of each VPC block is implied at AWS and spelled out here; a route whose gateway is gone or
 * detached, or whose peering connection is not in force, stays and drops what it takes ("blackhole"), it does not
 * fall through to a wider one. A route to a prefix list yields to an explicit one to the same block.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
 */
import type { Intent } from '../../model/intent.ts';
import { isInForce } from '../../model/peerings.ts';
import type { Route as IntentRoute, RouteTable as IntentTable } from '../../model/resources.ts';
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
  const explicit = table.routes.map(
    (route): Route => ({ destination: route.destination, via: viaOf(intent, table, route) }),
  );
  const taken = new Set([...locals, ...explicit].map(({ destination }) => destination));
  const byList = toServices.filter(({ destination }) => !taken.has(destination));
  return sortByDestination([...locals, ...explicit, ...byList]);
}

function viaOf(intent: Intent, table: IntentTable, route: IntentRoute): Route['via'] {
  if (route.target.kind === 'vpcPeering') {
    const peering = intent.table('vpcPeering').get(route.target.id);
    return peering !== undefined && isInForce(peering) ? { kind: 'link', link: peering.id } : { kind: 'blackhole' };
  }
  const attachedTo = intent.table(route.target.kind).get(route.target.id)?.vpcId;
  return attachedTo === table.vpcId ? { kind: 'gateway', gateway: route.target.id } : { kind: 'blackhole' };
}
