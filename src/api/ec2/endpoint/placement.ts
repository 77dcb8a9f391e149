/**
 * Where an endpoint's interfaces may stand: subnets (one for each zone), fixed addresses; and the interfaces themselves.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html#prerequisites-interface-endpoints
 */
import { type Edit, put } from '../../../model/edit.ts';
import { LINK_SERIALS, take } from '../../../model/pool.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface, Subnet, Vpc, VpcEndpoint } from '../../../model/resources.ts';
import { formatIp, parseIp } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { distinct, required } from '../../shared/input.ts';
import { subnetAddresses } from '../network-interface/allocate.ts';
import { checkInterfaceQuota, newInterface } from '../network-interface/birth.ts';
import { oneIpv6Address } from '../network-interface/ipv6-addresses.ts';
import type { Offer } from './offer.ts';

export interface SubnetConfiguration {
  readonly SubnetId?: string | undefined;
  readonly Ipv4?: string | undefined;
  readonly Ipv6?: string | undefined;
}

/** Undefined: any free one. */
export interface FixedAddresses {
  readonly address: string | undefined;
  /** In canonical text. */
  readonly ipv6Address: string | undefined;
}

export const CONFIGURATION_READS = { SubnetId: true, Ipv4: true, Ipv6: true } as const;

/** By subnet id; a subnet may be configured once. */
export function fixedAddresses(
  configurations: readonly SubnetConfiguration[] = [],
): ReadonlyMap<string, FixedAddresses> {
  const fixed = new Map<string, FixedAddresses>();
  for (const configuration of configurations) {
    const id = required(configuration.SubnetId, 'SubnetConfigurations.SubnetId');
    if (fixed.has(id)) refuse('InvalidParameter', `The subnet ${id} is configured more than once.`);
    const ip = parseIp(configuration.Ipv6 ?? '');
    fixed.set(id, { address: configuration.Ipv4, ipv6Address: ip === undefined ? configuration.Ipv6 : formatIp(ip) });
  }
  return fixed;
}

/** The subnets, each in the VPC and in a zone of its own that the service supports; `kept` are there already. */
export function checkedSubnets(
  context: Context,
  vpc: Vpc,
  service: Offer,
  ids: readonly string[],
  kept: readonly Subnet[] = [],
): readonly Subnet[] {
  const zones = new Set(kept.map((subnet) => subnet.zoneId));
  return distinct(ids).map((id) => {
    const subnet = find(context, 'subnet', id);
    if (subnet.vpcId !== vpc.id) {
      refuse('InvalidParameter', `The subnet ${id} does not belong to the VPC ${vpc.id}.`);
    }
    if (service.isRemote && !service.zoneIds.includes(subnet.zoneId)) {
      refuse(
        'InvalidParameter',
        `Only the following availability zones are supported for remote access: ${service.zoneIds.join(', ')}`,
      );
    }
    if (!service.zoneIds.includes(subnet.zoneId)) {
      refuse(
        'InvalidParameter',
        `The VPC endpoint service ${service.name} does not support the availability zone of the subnet: ${id}.`,
      );
    }
    if (zones.has(subnet.zoneId)) {
      refuse(
        'DuplicateSubnetsInSameZone',
        `Found another VPC endpoint subnet in the availability zone of ${id}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
      );
    }
    zones.add(subnet.zoneId);
    return subnet;
  });
}

export interface WantedInterface extends Partial<FixedAddresses> {
  readonly subnet: Subnet;
}

/** Makes one interface for each, with a link serial of its own. They belong to the endpoint and to nobody's calls. */
export function newEndpointInterfaces(
  context: Context,
  vpcEndpointId: string,
  groupIds: readonly string[],
  wanted: readonly WantedInterface[],
  ipAddressType: VpcEndpoint['ipAddressType'],
): { readonly interfaces: readonly NetworkInterface[]; readonly edits: readonly Edit[] } {
  const has = { IPv4: ipAddressType !== 'ipv6', IPv6: ipAddressType !== 'ipv4' };
  for (const { subnet, address, ipv6Address } of wanted) {
    const unfit = address !== undefined && !has.IPv4 ? 'IPv4' : ipv6Address !== undefined && !has.IPv6 ? 'IPv6' : null;
    if (unfit !== null) {
      refuse(
        'InvalidParameter',
        `An ${unfit} address cannot be given for the subnet ${subnet.id}: the IP address type is ${ipAddressType}.`,
      );
    }
  }
  checkInterfaceQuota(context, wanted.length);
  const serials = take(LINK_SERIALS, wanted.length, context.intent, context.now);
  if (serials === undefined) throw new Error('there are no link serials left');
  const interfaces = wanted.map(({ subnet, address, ipv6Address }, at): NetworkInterface => {
    const addresses = subnetAddresses(context, subnet);
    const oneAddress = () => (address === undefined ? addresses.take() : addresses.claim(address));
    return {
      ...newInterface(context, {
        subnet,
        addresses: has.IPv4 ? [oneAddress()] : [],
        ipv6Addresses: has.IPv6 ? [oneIpv6Address(context, subnet, ipv6Address)] : [],
        groupIds,
        description: `VPC Endpoint Interface ${vpcEndpointId}`,
      }),
      type: 'vpcEndpoint',
      vpcEndpointId,
      linkSerial: serials.values[at] as number,
    };
  });
  return { interfaces, edits: [...interfaces.map(put), ...serials.edits] };
}
