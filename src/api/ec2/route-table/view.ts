/** A route table as DescribeRouteTables shows it: the local routes are implied by the VPC's blocks, those to gateway endpoints by the endpoints. */
import type { RouteTable as Shown, Route as ShownRoute } from '@aws-sdk/client-ec2';
import { isInForce } from '../../../model/peerings.ts';
import { isListId } from '../../../model/prefix-lists.ts';
import { propagatedRoutes, transitAttachmentOf } from '../../../model/remote.ts';
import type { Route, RouteTable, RouteTarget } from '../../../model/resources.ts';
import { isIpv6 } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { viewTags } from '../../shared/tags.ts';
import { endpointRoutes } from '../endpoint/routes.ts';

export function viewRouteTable(table: RouteTable, context: Context): Shown {
  const vpc = context.intent.table('vpc').get(table.vpcId);
  const gatewayIds = table.propagatingGatewayIds ?? [];
  const associations = context.intent.table('routeTableAssociation').by('routeTableId', table.id);
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: table.account,
    Associations: associations.map((association) => ({
      Main: association.subnetId === null,
      RouteTableAssociationId: association.id,
      RouteTableId: table.id,
      ...(association.subnetId !== null && { SubnetId: association.subnetId }),
      AssociationState: { State: 'associated' },
    })),
    PropagatingVgws: gatewayIds.map((GatewayId) => ({ GatewayId })),
    Routes: [
      ...[...(vpc?.cidrs ?? []), ...(vpc?.ipv6Cidrs ?? [])].map(
        (cidr): ShownRoute => ({
          ...viewDestination(cidr),
          GatewayId: 'local',
          Origin: 'CreateRouteTable',
          State: 'active',
        }),
      ),
      ...table.routes.map(
        (route): ShownRoute => ({
          ...viewDestination(route.destination),
          ...viewTarget(route.target),
          Origin: 'CreateRoute',
          State: routeState(table, route, context),
        }),
      ),
      ...endpointRoutes(context.intent, table).map(
        ({ prefixListId, endpointId }): ShownRoute => ({
          DestinationPrefixListId: prefixListId,
          GatewayId: endpointId,
          Origin: 'CreateRoute',
          State: 'active',
        }),
      ),
      ...propagatedRoutes(context.intent, gatewayIds, table.vpcId).map(
        ({ destination, gatewayId }): ShownRoute => ({
          ...viewDestination(destination),
          GatewayId: gatewayId,
          Origin: 'EnableVgwRoutePropagation',
          State: 'active',
        }),
      ),
    ],
    Tags: viewTags(table.tags),
  };
}

function viewDestination(
  destination: string,
): Pick<ShownRoute, 'DestinationCidrBlock' | 'DestinationIpv6CidrBlock' | 'DestinationPrefixListId'> {
  if (isListId(destination)) return { DestinationPrefixListId: destination };
  return isIpv6(destination) ? { DestinationIpv6CidrBlock: destination } : { DestinationCidrBlock: destination };
}

function viewTarget({ kind, id }: RouteTarget): ShownRoute {
  switch (kind) {
    case 'internetGateway':
      return { GatewayId: id };
    case 'egressOnlyInternetGateway':
      return { EgressOnlyInternetGatewayId: id };
    case 'vpcPeering':
      return { VpcPeeringConnectionId: id };
    case 'transitGateway':
      return { TransitGatewayId: id };
    case 'vpnGateway':
      return { GatewayId: id };
  }
}

/** A route whose gateway was detached or deleted, or whose peering connection is not active, leads nowhere, but stays. */
function routeState(table: RouteTable, route: Route, context: Context): 'active' | 'blackhole' {
  if (route.target.kind === 'vpcPeering') {
    const peering = context.intent.table('vpcPeering').get(route.target.id);
    return peering !== undefined && isInForce(peering) ? 'active' : 'blackhole';
  }
  if (route.target.kind === 'transitGateway') {
    return transitAttachmentOf(context.intent, table.vpcId, route.target.id) === undefined ? 'blackhole' : 'active';
  }
  const gateway = context.intent.table(route.target.kind).get(route.target.id);
  return gateway?.vpcId === table.vpcId ? 'active' : 'blackhole';
}
