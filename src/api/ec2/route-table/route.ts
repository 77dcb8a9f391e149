/** What CreateRoute, ReplaceRoute and DeleteRoute check alike. */

import { isListId } from '../../../model/prefix-lists.ts';
import { refuse } from '../../../model/refusal.ts';
import { transitAttachmentOf } from '../../../model/remote.ts';
import type { RouteTable, RouteTarget } from '../../../model/resources.ts';
import { localBlocks } from '../../../model/vpc-blocks.ts';
import { cidrCovers, cidrOf, formatCidr } from '../../../net/cidr.ts';
import { isIpv6 } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { find, findIfThere } from '../../shared/find.ts';
import { blockOf, ipv6BlockOf } from '../blocks.ts';
import { endpointRoutes } from '../endpoint/routes.ts';
import { onlyInterface } from '../instance/transition.ts';
import { liveIfThere } from '../life.ts';
import { isRequesterManaged } from '../network-interface/view.ts';
import { findPeering } from '../peering/find-peering.ts';
import { findList } from '../prefix-list/find.ts';

const ONE_DESTINATION =
  'The request must contain exactly one of: destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId';

/** The destination that the call names: a block in canonical text, or the id of a prefix list. */
export function destinationOf(
  context: Context,
  input: {
    readonly DestinationCidrBlock?: string | undefined;
    readonly DestinationIpv6CidrBlock?: string | undefined;
    readonly DestinationPrefixListId?: string | undefined;
  },
): string {
  const { DestinationCidrBlock: block, DestinationIpv6CidrBlock: block6, DestinationPrefixListId: listId } = input;
  if ([block, block6, listId].filter((each) => each !== undefined).length > 1) {
    refuse('InvalidParameterCombination', ONE_DESTINATION);
  }
  if (listId !== undefined) return findList(context, listId).id;
  if (block6 !== undefined) return formatCidr(ipv6BlockOf(block6, 'destinationIpv6CidrBlock'));
  if (block === undefined) refuse('MissingParameter', ONE_DESTINATION);
  return formatCidr(blockOf(block, 'destinationCidrBlock'));
}

/** A gateway endpoint's route, which goes with the endpoint alone. AWS's other lists lead nowhere here. */
export function refuseEndpointRoute(
  context: Context,
  table: RouteTable,
  destination: string,
  code: string,
  text: (listId: string) => string,
): void {
  if (!isListId(destination) || findIfThere(context, 'prefixList', destination) !== undefined) return;
  const isThere = endpointRoutes(context.intent, table).some(({ prefixListId }) => prefixListId === destination);
  if (isThere) refuse(code, text(destination));
  refuse(
    'UnsupportedOperation',
    `Routes to ${destination}, one of AWS's own prefix lists, are those of gateway endpoints only.`,
  );
}

/** What calls read that name a target. */
export const TARGET_READS = {
  GatewayId: true,
  EgressOnlyInternetGatewayId: true,
  VpcPeeringConnectionId: true,
  TransitGatewayId: true,
  NetworkInterfaceId: true,
  InstanceId: true,
  NatGatewayId: true,
} as const;

type Targets = { readonly [Name in keyof typeof TARGET_READS]?: string | undefined };

const ONE_TARGET =
  'The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, vpcEndpointId, localGatewayId, carrierGatewayId, coreNetworkArn or instanceId';

const namedIn = (asked: Targets) =>
  Object.keys(TARGET_READS).filter((name) => asked[name as keyof Targets] !== undefined);

/** `LocalTarget`: a local route goes back to where it led at first. */
export function refuseUnlessLocal(context: Context, table: RouteTable, destination: string, asked: Targets): void {
  if (namedIn(asked).length > 0) refuse('InvalidParameterCombination', ONE_TARGET);
  if (!localBlocks(context.intent, table).includes(destination)) {
    refuse('InvalidParameterValue', `The route to ${destination} in route table ${table.id} is not a local route.`);
  }
}

/** The target that the caller names, if a route of this table may lead to it. */
export function targetOf(context: Context, table: RouteTable, destination: string, asked: Targets): RouteTarget {
  const named = namedIn(asked);
  if (named.length > 1) refuse('InvalidParameterCombination', ONE_TARGET);
  if (named.length === 0) refuse('MissingParameter', ONE_TARGET);
  const target = namedTarget(context, table, destination, asked);
  refuseInside(context, table, destination, target);
  return target;
}

/** Inside the VPC only interfaces and NAT gateways may be targets, and only for a whole subnet or a whole block of the VPC's. */
function refuseInside(context: Context, table: RouteTable, destination: string, target: RouteTarget): void {
  if (isListId(destination)) return;
  const blocks = localBlocks(context.intent, table);
  if (!blocks.some((each) => cidrCovers(cidrOf(each), cidrOf(destination)))) return;
  if (target.kind !== 'networkInterface' && target.kind !== 'natGateway') {
    refuse(
      'InvalidParameterValue',
      `The destination CIDR block ${destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
    );
  }
  if (blocks.includes(destination)) return;
  const subnets = context.intent.table('subnet').by('vpcId', table.vpcId);
  if (!subnets.some(({ cidr, ipv6Cidr }) => cidr === destination || ipv6Cidr === destination)) {
    refuse(
      'InvalidParameterValue',
      `The destination CIDR block ${destination} is more specific than one of this VPC's CIDR blocks and must be that of a subnet.`,
    );
  }
}

function namedTarget(context: Context, table: RouteTable, destination: string, asked: Targets): RouteTarget {
  const { GatewayId: gatewayId, EgressOnlyInternetGatewayId: egressOnlyId, VpcPeeringConnectionId: peeringId } = asked;
  if (peeringId !== undefined) return peeringOf(context, table, peeringId);
  if (asked.NatGatewayId !== undefined) return natGatewayOf(context, table, destination, asked.NatGatewayId);
  if (asked.TransitGatewayId !== undefined) return transitOf(context, table, destination, asked.TransitGatewayId);
  if (gatewayId?.startsWith('vgw-')) return vpnGatewayOf(context, table, destination, gatewayId);
  if (asked.NetworkInterfaceId !== undefined || asked.InstanceId !== undefined)
    return interfaceOf(context, table, asked);
  if (egressOnlyId === undefined) return gatewayOf(context, table, 'internetGateway', gatewayId ?? '');
  if (!isOfIpv6(context, destination)) {
    refuse(
      'InvalidParameterValue',
      `The destination CIDR block ${destination} is not an IPv6 CIDR block: an egress-only internet gateway takes nothing else.`,
    );
  }
  return gatewayOf(context, table, 'egressOnlyInternetGateway', egressOnlyId);
}

function gatewayOf(
  context: Context,
  table: RouteTable,
  kind: 'internetGateway' | 'egressOnlyInternetGateway',
  id: string,
): RouteTarget {
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
  return { kind, id: gateway.id };
}

/** One that waits for an answer will do: its routes lead nowhere until then. */
function peeringOf(context: Context, table: RouteTable, peeringId: string): RouteTarget {
  const peering = findPeering(context, peeringId);
  if (![peering.requester, peering.accepter].some(({ vpcId }) => vpcId === table.vpcId)) {
    refuse(
      'InvalidParameterValue',
      `route table ${table.id} and VPC peering connection ${peeringId} belong to different networks`,
    );
  }
  return { kind: 'vpcPeering', id: peeringId };
}

/** A block, or all of a customer's prefix list. */
function isOfIpv6(context: Context, destination: string): boolean {
  return isIpv6(destination) || findIfThere(context, 'prefixList', destination)?.addressFamily === 'IPv6';
}

function refuseIpv6(context: Context, destination: string, targets: string): void {
  if (!isOfIpv6(context, destination)) return;
  refuse('UnsupportedOperation', `Routes of IPv6 to ${targets} are not supported by Culvert.`);
}

/** The VPC must be attached. */
function transitOf(context: Context, table: RouteTable, destination: string, id: string): RouteTarget {
  const gateway = liveIfThere(context, 'transitGateway', id);
  if (gateway === undefined || transitAttachmentOf(context.intent, table.vpcId, id) === undefined) {
    refuse('InvalidTransitGatewayID.NotFound', `The transitGateway ID '${id}' does not exist`);
  }
  refuseIpv6(context, destination, 'transit gateways');
  return { kind: 'transitGateway', id };
}

function vpnGatewayOf(context: Context, table: RouteTable, destination: string, id: string): RouteTarget {
  const gateway = liveIfThere(context, 'vpnGateway', id);
  if (gateway === undefined) refuse('InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`);
  if (gateway.vpcId !== table.vpcId) {
    refuse('InvalidParameterValue', `route table ${table.id} and network gateway ${id} belong to different networks`);
  }
  refuseIpv6(context, destination, 'virtual private gateways');
  return { kind: 'vpnGateway', id };
}

function natGatewayOf(context: Context, table: RouteTable, destination: string, id: string): RouteTarget {
  const gateway = liveIfThere(context, 'natGateway', id);
  if (gateway === undefined) {
    refuse('InvalidNatGatewayID.NotFound', `The natGateway ID '${id}' does not exist`);
  }
  if (gateway.vpcId !== table.vpcId) {
    refuse('InvalidParameterValue', `route table ${table.id} and NAT gateway ${id} belong to different networks`);
  }
  refuseIpv6(context, destination, 'NAT gateways (NAT64)');
  return { kind: 'natGateway', id };
}

/** An instance stands for its interface, if it has just one. What AWS itself manages forwards nothing. */
function interfaceOf(context: Context, table: RouteTable, asked: Targets): RouteTarget {
  const port =
    asked.InstanceId === undefined
      ? find(context, 'networkInterface', asked.NetworkInterfaceId ?? '')
      : onlyInterface(context, asked.InstanceId);
  if (port.vpcId !== table.vpcId) {
    refuse('InvalidParameterValue', `route table ${table.id} and interface ${port.id} belong to different networks`);
  }
  if (isRequesterManaged(port)) {
    refuse('InvalidParameterValue', `Interface ${port.id} is managed by AWS and cannot be the target of a route.`);
  }
  return { kind: 'networkInterface', id: port.id };
}
