/**
 * A route table as DescribeRouteTables shows it: the local routes are implied by the VPC's blocks, where they have no other target,
 * those to gateway endpoints by the endpoints.
 */
import type { RouteTable as Shown, Route as ShownRoute } from '@aws-sdk/client-ec2';
import { isListId } from '../../../model/prefix-lists.ts';
import { propagatedRoutes } from '../../../model/remote.ts';
import type { RouteTable, RouteTarget } from '../../../model/resources.ts';
import { isRouteActive } from '../../../model/route-targets.ts';
import { localBlocks } from '../../../model/vpc-blocks.ts';
import { isIpv6 } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { viewTags } from '../../shared/tags.ts';
import { endpointRoutes } from '../endpoint/routes.ts';

export function viewRouteTable(table: RouteTable, context: Context): Shown {
  const blocks = localBlocks(context.intent, table);
  const made = new Set(table.routes.map(({ destination }) => destination));
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
      ...blocks
        .filter((block) => !made.has(block))
        .map(
          (block): ShownRoute => ({
            ...viewDestination(block),
            GatewayId: 'local',
            Origin: 'CreateRouteTable',
            State: 'active',
          }),
        ),
      ...table.routes.map(
        (route): ShownRoute => ({
          ...viewDestination(route.destination),
          ...viewTarget(route.target, context),
          Origin: blocks.includes(route.destination) ? 'CreateRouteTable' : 'CreateRoute',
          State: isRouteActive(context.intent, table.vpcId, route.target) ? 'active' : 'blackhole',
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

function viewTarget({ kind, id }: RouteTarget, { intent }: Context): ShownRoute {
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
    case 'natGateway':
      return { NatGatewayId: id };
    case 'networkInterface': {
      const port = intent.table(kind).get(id);
      const instance = port?.attachment && { InstanceId: port.attachment.instanceId, InstanceOwnerId: port.account };
      return { NetworkInterfaceId: id, ...instance };
    }
  }
}
