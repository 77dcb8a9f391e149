/**
 * Where new instances stand: their subnet, groups, addresses, from what RunInstances says at the instance or at the one
 * network interface that it may describe.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 */
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface, Subnet, Vpc } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import type { Input } from '../action.ts';
import { groupsInVpc } from '../network-interface/birth.ts';
import { type Ipv6Wish, ipv6WishOf } from '../network-interface/ipv6-addresses.ts';
import { isRequesterManaged } from '../network-interface/view.ts';
import { groupNamed } from '../security-group/find-group.ts';
import { defaultVpcOf } from '../vpc/default-vpc.ts';

type Wish = Input<'RunInstances'>;
export type InterfaceWish = NonNullable<Wish['NetworkInterfaces']>[number];

/** A new interface for each instance. */
export interface NewPlace {
  readonly subnet: Subnet;
  readonly groupIds: readonly string[];
  /** Undefined: any free one. */
  readonly address: string | undefined;
  readonly ipv6: Ipv6Wish;
  readonly primaryIpv6: boolean;
  readonly description: string;
  readonly isPublic: boolean;
  readonly deleteOnTermination: boolean;
}

/** An interface that is there already. */
export interface GivenPlace {
  readonly port: NetworkInterface;
  readonly subnet: Subnet;
  readonly deleteOnTermination: boolean;
}

export function placeOf(wish: Wish, context: Context): NewPlace | GivenPlace {
  const [asked, second] = wish.NetworkInterfaces ?? [];
  if (asked === undefined) return newPlace(wish, {}, context);
  if (second !== undefined) refuse('InvalidParameterValue', 'Duplicate device index 0.');
  if (asked.DeviceIndex === undefined) {
    refuse('MissingParameter', 'The request must contain the parameter NetworkInterface.DeviceIndex');
  }
  refuseTwoLevels(wish);
  return asked.NetworkInterfaceId === undefined
    ? newPlace(wish, asked, context)
    : givenPlace(asked, asked.NetworkInterfaceId, context);
}

/** What describes the network may be said at the instance or at the interface, not at both. */
function refuseTwoLevels(wish: Wish): void {
  const given = [
    ['subnet ID', wish.SubnetId],
    ['security groups', wish.SecurityGroupIds?.[0] ?? wish.SecurityGroups?.[0]],
    ['private IP address', wish.PrivateIpAddress],
    ['IPv6 address', wish.Ipv6Addresses?.[0] ?? wish.Ipv6AddressCount ?? wish.EnablePrimaryIpv6],
  ] as const;
  for (const [what, value] of given) {
    if (value === undefined) continue;
    refuse(
      'InvalidParameterCombination',
      `Network interfaces and an instance-level ${what} may not be specified on the same request`,
    );
  }
}

function givenPlace(asked: InterfaceWish, id: string, context: Context): GivenPlace {
  const port = find(context, 'networkInterface', id);
  const described =
    asked.Ipv6Addresses?.[0] ??
    asked.Ipv6AddressCount ??
    asked.PrimaryIpv6 ??
    asked.SubnetId ??
    asked.Groups?.[0] ??
    asked.PrivateIpAddress ??
    asked.AssociatePublicIpAddress;
  if (described !== undefined || asked.Description !== undefined) {
    refuse(
      'InvalidParameterCombination',
      'A network interface may not specify a network interface ID and the properties of a new one.',
    );
  }
  if (port.attachment !== null || isRequesterManaged(port)) {
    refuse('InvalidNetworkInterface.InUse', `Interface: [${id}] in use.`);
  }
  const subnet = find(context, 'subnet', port.subnetId);
  return { port, subnet, deleteOnTermination: asked.DeleteOnTermination ?? false };
}

function newPlace(wish: Wish, asked: InterfaceWish, context: Context): NewPlace {
  const subnet = subnetOf(wish, asked.SubnetId ?? wish.SubnetId, context);
  const vpc = find(context, 'vpc', subnet.vpcId);
  const ids = [...(asked.Groups ?? wish.SecurityGroupIds ?? []), ...groupsByName(wish, context)];
  return {
    subnet,
    groupIds: groupsInVpc(context, ids, vpc, `subnet ${subnet.id}`),
    address: asked.PrivateIpAddress ?? wish.PrivateIpAddress,
    ipv6: ipv6WishOf({
      Ipv6AddressCount: asked.Ipv6AddressCount ?? wish.Ipv6AddressCount,
      Ipv6Addresses: asked.Ipv6Addresses ?? wish.Ipv6Addresses,
    }),
    primaryIpv6: asked.PrimaryIpv6 ?? wish.EnablePrimaryIpv6 ?? false,
    description: asked.Description ?? '',
    isPublic: asked.AssociatePublicIpAddress ?? subnet.mapPublicIpOnLaunch,
    deleteOnTermination: asked.DeleteOnTermination ?? true,
  };
}

/** Names mean groups of the default VPC, so they cannot stand beside a subnet. */
function groupsByName(wish: Wish, context: Context): readonly string[] {
  const names = wish.SecurityGroups ?? [];
  if (names.length > 0 && wish.SubnetId !== undefined) {
    refuse('InvalidParameterCombination', 'The parameter groupName cannot be used with the parameter subnet');
  }
  return names.map((name) => groupNamed(context, name).id);
}

function subnetOf(wish: Wish, id: string | undefined, context: Context): Subnet {
  const zone = wish.Placement?.AvailabilityZone;
  if (id === undefined) return defaultSubnet(zone, context);
  const subnet = find(context, 'subnet', id);
  const own = zoneName(context.account, subnet.zoneId);
  if (zone !== undefined && zone !== own) {
    refuse(
      'InvalidParameterValue',
      `Value (${zone}) for parameter availabilityZone is invalid. Subnet '${id}' is in the availability zone ${own}`,
    );
  }
  return subnet;
}

/** The default VPC's subnet in the zone, or its first one. */
function defaultSubnet(zone: string | undefined, context: Context): Subnet {
  const vpc: Vpc | undefined = defaultVpcOf(context);
  if (vpc === undefined) refuse('VPCIdNotSpecified', 'No default VPC for this user');
  const subnets = context.intent
    .table('subnet')
    .by('vpcId', vpc.id)
    .filter((subnet) => subnet.isDefaultForZone);
  const found = subnets.find((subnet) => zone === undefined || zoneName(context.account, subnet.zoneId) === zone);
  if (found !== undefined) return found;
  refuse(
    'MissingInput',
    zone === undefined
      ? `No subnets found for the default VPC '${vpc.id}'. Please specify a subnet.`
      : `No default subnet for availability zone: '${zone}'.`,
  );
}
