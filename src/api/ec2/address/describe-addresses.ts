/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html */
import type { Address as Shown } from '@aws-sdk/client-ec2';
import type { ElasticAddress } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { find, own } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { type Tags, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { addressByIp, holderOf, privateOf } from './find.ts';

interface Row {
  readonly tags: Tags;
  readonly shown: Shown;
}

const FIELDS: FilterFields<Row> = {
  'allocation-id': ({ shown }) => shown.AllocationId,
  'association-id': ({ shown }) => shown.AssociationId,
  domain: ({ shown }) => shown.Domain,
  'instance-id': ({ shown }) => shown.InstanceId,
  'network-border-group': ({ shown }) => shown.NetworkBorderGroup,
  'network-interface-id': ({ shown }) => shown.NetworkInterfaceId,
  'network-interface-owner-id': ({ shown }) => shown.NetworkInterfaceOwnerId,
  'private-ip-address': ({ shown }) => shown.PrivateIpAddress,
  'public-ip': ({ shown }) => shown.PublicIp,
};

export const describeAddresses = ec2Action<'DescribeAddresses'>(
  { AllocationIds: true, PublicIps: true, Filters: true },
  (input, context) => {
    const named = [
      ...(input.AllocationIds ?? []).map((each) => find(context, 'elasticAddress', each)),
      ...(input.PublicIps ?? []).map((each) => addressByIp(context, each)),
    ];
    const found = named.length > 0 ? distinct(named) : own(context, 'elasticAddress');
    const rows = found.map((each) => ({ tags: each.tags, shown: viewAddress(each, context) }));
    return reply({ Addresses: filterResources(rows, input.Filters, FIELDS).map(({ shown }) => shown) });
  },
);

function viewAddress(address: ElasticAddress, context: Context): Shown {
  const holder = holderOf(context, address);
  return {
    AllocationId: address.id,
    PublicIp: address.publicIp,
    Domain: 'vpc',
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: address.region,
    ...(holder !== undefined && {
      AssociationId: address.associationId ?? '',
      NetworkInterfaceId: holder.id,
      NetworkInterfaceOwnerId: holder.account,
      PrivateIpAddress: privateOf(holder, address.publicIp),
      SubnetId: holder.subnetId,
      ...(holder.attachment !== null && { InstanceId: holder.attachment.instanceId }),
    }),
    Tags: viewTags(address.tags),
  };
}
