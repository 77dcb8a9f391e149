/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html */
import type { PrivateIpAddressSpecification } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { invalidValue, required } from '../../shared/input.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { refuseIpv6OnlyInterface, type SubnetAddresses, subnetAddresses } from './allocate.ts';
import { checkInterfaceQuota, groupsInVpc, newInterface } from './birth.ts';
import { ipv6WishOf, primaryPart, subnetIpv6Addresses } from './ipv6-addresses.ts';
import { viewInterface } from './view.ts';

const MAX_DESCRIPTION = 255;
/** More than any instance type takes; the type's own limit counts when the interface is attached. */
const MAX_SECONDARY = 49;

export const createNetworkInterface = ec2Action<'CreateNetworkInterface'>(
  {
    SubnetId: true,
    Description: true,
    PrivateIpAddress: true,
    PrivateIpAddresses: { Primary: true, PrivateIpAddress: true },
    SecondaryPrivateIpAddressCount: true,
    Groups: true,
    Ipv6AddressCount: true,
    Ipv6Addresses: { Ipv6Address: true, IsPrimaryIpv6: [false] },
    EnablePrimaryIpv6: true,
    TagSpecifications: true,
    ClientToken: true,
  },
  (input, context) => {
    const subnet = find(context, 'subnet', input.SubnetId);
    refuseIpv6OnlyInterface(subnet);
    const vpc = find(context, 'vpc', subnet.vpcId);
    const groupIds = groupsInVpc(context, input.Groups, vpc, `subnet ${subnet.id}`);
    const description = input.Description ?? '';
    if (description.length > MAX_DESCRIPTION) {
      invalidValue(description, 'description', `Descriptions must be at most ${MAX_DESCRIPTION} characters.`);
    }
    checkInterfaceQuota(context, 1);
    const made = newInterface(context, {
      subnet,
      groupIds,
      description,
      addresses: addressesOf(subnetAddresses(context, subnet), input),
      ipv6Addresses: subnetIpv6Addresses(context, subnet).take(ipv6WishOf(input), true),
      tags: tagsOnCreate(input.TagSpecifications, 'network-interface'),
    });
    const port = { ...made, ...primaryPart(input.EnablePrimaryIpv6, made.ipv6Addresses) };
    const output = { NetworkInterface: viewInterface(port, context), ClientToken: input.ClientToken };
    return { edits: [put(port)], output };
  },
  (output, context) => ({
    ...output,
    NetworkInterface: viewInterface(
      find(context, 'networkInterface', output.NetworkInterface?.NetworkInterfaceId ?? ''),
      context,
    ),
  }),
);

interface Asked {
  readonly PrivateIpAddress?: string;
  readonly PrivateIpAddresses?: readonly PrivateIpAddressSpecification[];
  readonly SecondaryPrivateIpAddressCount?: number;
}

/** The chosen ones first, so that none of them is taken as a free one; the primary leads the result. */
function addressesOf(addresses: SubnetAddresses, asked: Asked): readonly string[] {
  const { PrivateIpAddress: single, PrivateIpAddresses: list = [], SecondaryPrivateIpAddressCount: count = 0 } = asked;
  const primaries = list.filter((each) => each.Primary === true);
  if (primaries.length > 1 || (primaries.length === 1 && single !== undefined)) {
    refuse('InvalidParameterCombination', 'Only one primary private IP address can be specified.');
  }
  if (list.length > 0 && asked.SecondaryPrivateIpAddressCount !== undefined) {
    refuse(
      'InvalidParameterCombination',
      'The parameter privateIpAddresses may not be used in combination with secondaryPrivateIpAddressCount',
    );
  }
  if (count < 0 || count > MAX_SECONDARY) {
    invalidValue(count, 'secondaryPrivateIpAddressCount', `Expecting a value between 0 and ${MAX_SECONDARY}.`);
  }
  const chosen = single ?? primaries[0]?.PrivateIpAddress;
  const primary = chosen === undefined ? undefined : addresses.claim(chosen);
  const secondary = list
    .filter((each) => each.Primary !== true)
    .map((each) => addresses.claim(required(each.PrivateIpAddress, 'PrivateIpAddress')));
  const first = primary ?? addresses.take();
  return [first, ...secondary, ...Array.from({ length: count }, () => addresses.take())];
}
