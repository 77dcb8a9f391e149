/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html */
import { blockAssociationId } from '../../../model/block-associations.ts';
import type { Subnet } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Arn } from '../../shared/resource.ts';
import { ec2Action } from '../action.ts';
import { subnetAddresses } from '../network-interface/allocate.ts';
import { hostnameType, viewSubnet } from './view.ts';

export const describeSubnets = ec2Action<'DescribeSubnets'>(
  { SubnetIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const found = filterResources(select(context, 'subnet', input.SubnetIds), input.Filters, fields(context));
    const { items, next } = page(found, input, (subnet) => subnet.id);
    return reply({ Subnets: items.map((subnet) => viewSubnet(subnet, context)), NextToken: next });
  },
);

function fields(context: Context): FilterFields<Subnet> {
  const zone = (subnet: Subnet) => zoneName(context.account, subnet.zoneId);
  return {
    'availability-zone': zone,
    availabilityZone: zone,
    'availability-zone-id': (subnet) => subnet.zoneId,
    availabilityZoneId: (subnet) => subnet.zoneId,
    'available-ip-address-count': (subnet) => subnetAddresses(context, subnet).free,
    cidr: (subnet) => subnet.cidr,
    'cidr-block': (subnet) => subnet.cidr,
    cidrBlock: (subnet) => subnet.cidr,
    'customer-owned-ipv4-pool': () => [],
    'default-for-az': (subnet) => subnet.isDefaultForZone,
    defaultForAz: (subnet) => subnet.isDefaultForZone,
    'enable-dns64': () => false,
    'ipv6-cidr-block-association.association-id': (subnet) =>
      subnet.ipv6Cidr === null ? [] : blockAssociationId(subnet, subnet.ipv6Cidr),
    'ipv6-cidr-block-association.ipv6-cidr-block': (subnet) => subnet.ipv6Cidr,
    'ipv6-cidr-block-association.state': (subnet) => (subnet.ipv6Cidr === null ? [] : 'associated'),
    'ipv6-native': (subnet) => subnet.cidr === null,
    'map-customer-owned-ip-on-launch': () => false,
    'map-public-ip-on-launch': (subnet) => subnet.mapPublicIpOnLaunch,
    'outpost-arn': () => [],
    'owner-id': (subnet) => subnet.account,
    'private-dns-name-options-on-launch.hostname-type': hostnameType,
    'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': () => false,
    'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': () => false,
    state: () => 'available',
    'subnet-arn': (subnet) => ec2Arn(subnet, 'subnet'),
    'subnet-id': (subnet) => subnet.id,
    'vpc-id': (subnet) => subnet.vpcId,
  };
}
