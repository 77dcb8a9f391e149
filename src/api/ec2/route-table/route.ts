/** What CreateRoute, ReplaceRoute and DeleteRoute check alike. */

import { refuse } from '../../../model/refusal.ts';
import type { RouteTable, RouteTarget } from '../../../model/resources.ts';
import { cidrCovers, cidrOf, formatCidr } from '../../../net/cidr.ts';
import type { Context } from '../../action.ts';
import { findIfThere } from '../../shared/find.ts';
import { blockOf } from '../blocks.ts';

/** The destination in canonical text. */
export function destinationOf(text: string | undefined): string {
  if (text === undefined) refuse('MissingParameter', 'The request must contain the parameter destinationCidrBlock');
  return formatCidr(blockOf(text, 'destinationCidrBlock'));
}

/** The target that the caller names, if a route of this table may lead to it. */
export function targetOf(
  context: Context,
  table: RouteTable,
  destination: string,
  gatewayId: string | undefined,
): RouteTarget {
  if (gatewayId === undefined) {
    refuse(
      'MissingParameter',
      'The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, vpcEndpointId, localGatewayId, carrierGatewayId, coreNetworkArn or instanceId',
    );
  }
  const gateway = findIfThere(context, 'internetGateway', gatewayId);
  if (gateway === undefined) {
    refuse('InvalidGatewayID.NotFound', `The gateway ID '${gatewayId}' does not exist`);
  }
  if (gateway.vpcId !== table.vpcId) {
    refuse(
      'InvalidParameterValue',
      `route table ${table.id} and network gateway ${gateway.id} belong to different networks`,
    );
  }
  const blocks = context.intent.table('vpc').get(table.vpcId)?.cidrs ?? [];
  const block = blocks.find((each) => cidrCovers(cidrOf(each), cidrOf(destination)));
  if (block !== undefined) {
    refuse(
      'InvalidParameterValue',
      `The destination CIDR block ${destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
    );
  }
  return { kind: 'internetGateway', id: gateway.id };
}
