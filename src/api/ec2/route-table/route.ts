/** What CreateRoute, ReplaceRoute and DeleteRoute check alike. */

import { refuse } from '../../../model/refusal.ts';
import type { RouteTable, RouteTarget } from '../../../model/resources.ts';
import { cidrCovers, cidrOf, formatCidr } from '../../../net/cidr.ts';
import { isIpv6 } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { findIfThere } from '../../shared/find.ts';
import { blockOf, ipv6BlockOf } from '../blocks.ts';

/** The destination that the call names, in canonical text. */
export function destinationOf(input: {
  readonly DestinationCidrBlock?: string | undefined;
  readonly DestinationIpv6CidrBlock?: string | undefined;
}): string {
  const { DestinationCidrBlock: block, DestinationIpv6CidrBlock: block6 } = input;
  if (block !== undefined && block6 !== undefined) {
    refuse(
      'InvalidParameterCombination',
      'The parameter destinationCidrBlock may not be used in combination with destinationIpv6CidrBlock',
    );
  }
  if (block6 !== undefined) return formatCidr(ipv6BlockOf(block6, 'destinationIpv6CidrBlock'));
  if (block === undefined) refuse('MissingParameter', 'The request must contain the parameter destinationCidrBlock');
  return formatCidr(blockOf(block, 'destinationCidrBlock'));
}

const ONE_TARGET =
  'The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, vpcEndpointId, localGatewayId, carrierGatewayId, coreNetworkArn or instanceId';

/** The target that the caller names, if a route of this table may lead to it. */
export function targetOf(
  context: Context,
  table: RouteTable,
  destination: string,
  named: { readonly GatewayId?: string | undefined; readonly EgressOnlyInternetGatewayId?: string | undefined },
): RouteTarget {
  const { GatewayId: gatewayId, EgressOnlyInternetGatewayId: egressOnlyId } = named;
  if (gatewayId !== undefined && egressOnlyId !== undefined) refuse('InvalidParameterCombination', ONE_TARGET);
  const kind = egressOnlyId === undefined ? 'internetGateway' : 'egressOnlyInternetGateway';
  const id = egressOnlyId ?? gatewayId;
  if (id === undefined) {
    refuse('MissingParameter', ONE_TARGET);
  }
  if (kind === 'egressOnlyInternetGateway' && !isIpv6(destination)) {
    refuse(
      'InvalidParameterValue',
      `The destination CIDR block ${destination} is not an IPv6 CIDR block: an egress-only internet gateway takes nothing else.`,
    );
  }
  const gateway = findIfThere(context, kind, id);
  if (gateway === undefined) {
    refuse('InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`);
  }
  if (gateway.vpcId !== table.vpcId) {
    refuse(
      'InvalidParameterValue',
      `route table ${table.id} and network gateway ${gateway.id} belong to different networks`,
    );
  }
  const vpc = context.intent.table('vpc').get(table.vpcId);
  const blocks = [...(vpc?.cidrs ?? []), ...(vpc?.ipv6Cidrs ?? [])];
  const block = blocks.find((each) => cidrCovers(cidrOf(each), cidrOf(destination)));
  if (block !== undefined) {
    refuse(
      'InvalidParameterValue',
      `The destination CIDR block ${destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
    );
  }
  return { kind, id: gateway.id };
}
