/**
 * Where new instances stand: their subnets, groups, addresses, from what RunInstances says at the instance or at the network
 * interfaces that it describes.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 */
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface, Subnet, Vpc } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import type { Input } from '../action.ts';
import { refuseIpv6OnlyInterface } from '../network-interface/allocate.ts';
import {
  addressCountsOf,
  checkAddressCounts,
  checkDeviceIndex,
  checkInterfaceCount,
  refuseApart,
} from '../network-interface/attachment.ts';
import { groupsInVpc } from '../network-interface/birth.ts';
import { type Ipv6Wish, ipv6WishOf } from '../network-interface/ipv6-addresses.ts';
import { interfaceStatus } from '../network-interface/view.ts';
import { groupNamed } from '../security-group/find-group.ts';
import { defaultVpcOf } from '../vpc/default-vpc.ts';

type Wish = Input<'RunInstances'>;
export type InterfaceWish = NonNullable<Wish['NetworkInterfaces']>[number] & { readonly DeviceIndex: number };

export type Place = NewPlace | GivenPlace;

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
  readonly deviceIndex: number;
  readonly deleteOnTermination: boolean;
}

/** An interface that is there already. */
export interface GivenPlace {
  readonly port: NetworkInterface;
  readonly subnet: Subnet;
  readonly deviceIndex: number;
  readonly deleteOnTermination: boolean;
}

/** One or more, the primary first. Refuses, in this order: levels and indexes, each interface, what does not go together, the type's limit. */
export function placesOf(wish: Wish, instanceType: string, context: Context): readonly Place[] {
  const asked = wish.NetworkInterfaces ?? [];
  if (asked.length === 0) {
    const place = newPlace(wish, { DeviceIndex: 0 }, context);
    checkAddressCounts(instanceType, countsOf(place));
    return [place];
  }
  const described = asked.map((each) => ({ ...each, DeviceIndex: checkedIndex(each.DeviceIndex) }));
  const indexes = described.map(({ DeviceIndex }) => DeviceIndex);
  const twice = indexes.find((index, at) => indexes.indexOf(index) !== at);
  if (twice !== undefined) refuse('InvalidParameterValue', `Duplicate device index ${twice}.`);
  if (!indexes.includes(0)) {
    refuse('MissingParameter', 'When specifying network interfaces, you must include a device at index 0.');
  }
  refuseTwoLevels(wish);
  if (asked.length > 1 && asked.some((each) => each.AssociatePublicIpAddress !== undefined)) {
    refuse(
      'InvalidParameterCombination',
      'The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.',
    );
  }
  const places = described
    .sort((a, b) => a.DeviceIndex - b.DeviceIndex)
    .map((each) =>
      each.NetworkInterfaceId === undefined
        ? newPlace(wish, each, context)
        : givenPlace(each, each.NetworkInterfaceId, context),
    );
  const given = places.flatMap((place) => ('port' in place ? place.port.id : []));
  const again = given.find((id, at) => given.indexOf(id) !== at);
  if (again !== undefined) refuse('InvalidNetworkInterface.InUse', `Interface: [${again}] in use.`);
  const [primary, ...others] = places;
  for (const { subnet } of others) refuseApart(subnet, (primary as Place).subnet);
  checkInterfaceCount(instanceType, places.length);
  for (const place of places) checkAddressCounts(instanceType, countsOf(place));
  return places;
}

function countsOf(place: Place): Parameters<typeof checkAddressCounts>[1] {
  if ('port' in place) return addressCountsOf(place.port);
  return { ipv4: 1, ipv6: place.ipv6.count ?? place.ipv6.addresses?.length ?? 0 };
}

function checkedIndex(index: number | undefined): number {
  if (index === undefined) {
    refuse('MissingParameter', 'The request must contain the parameter NetworkInterface.DeviceIndex');
  }
  return checkDeviceIndex(index);
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
  if (interfaceStatus(port, context.facts) === 'in-use') {
    refuse('InvalidNetworkInterface.InUse', `Interface: [${id}] in use.`);
  }
  const subnet = find(context, 'subnet', port.subnetId);
  return { port, subnet, deviceIndex: asked.DeviceIndex, deleteOnTermination: asked.DeleteOnTermination ?? false };
}

function newPlace(wish: Wish, asked: InterfaceWish, context: Context): NewPlace {
  const subnet = subnetOf(wish, asked.SubnetId ?? wish.SubnetId, context);
  refuseIpv6OnlyInterface(subnet);
  // An instance with several interfaces gets no public address by itself.
  const isAlone = (wish.NetworkInterfaces ?? []).length < 2;
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
    isPublic: asked.AssociatePublicIpAddress ?? (isAlone && subnet.mapPublicIpOnLaunch),
    deviceIndex: asked.DeviceIndex,
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
  // Terraform's provider says an empty one where it leaves the zone to the subnet.
  const zone = wish.Placement?.AvailabilityZone || undefined;
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
