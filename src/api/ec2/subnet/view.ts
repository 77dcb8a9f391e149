/** A subnet as DescribeSubnets shows it. */
import type { HostnameType, Subnet as Shown } from '@aws-sdk/client-ec2';
import type { Subnet } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { ec2Arn } from '../../shared/resource.ts';
import { viewTags } from '../../shared/tags.ts';
import { subnetAddresses } from '../network-interface/allocate.ts';
import { viewIpv6Block } from './ipv6-block.ts';

/** Of instances there: an IPv6-only subnet's have no address that the other kind of name is made of. */
export function hostnameType({ cidr }: Subnet): HostnameType {
  return cidr === null ? 'resource-name' : 'ip-name';
}

export function viewSubnet(subnet: Subnet, context: Context): Shown {
  return {
    SubnetId: subnet.id,
    SubnetArn: ec2Arn(subnet, 'subnet'),
    OwnerId: subnet.account,
    VpcId: subnet.vpcId,
    State: 'available',
    ...(subnet.cidr !== null && { CidrBlock: subnet.cidr }),
    Ipv6CidrBlockAssociationSet: subnet.ipv6Cidr === null ? [] : [viewIpv6Block(subnet, subnet.ipv6Cidr)],
    AvailableIpAddressCount: subnetAddresses(context, subnet).free,
    AvailabilityZone: zoneName(context.account, subnet.zoneId),
    AvailabilityZoneId: subnet.zoneId,
    DefaultForAz: subnet.isDefaultForZone,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: subnet.assignIpv6OnCreation,
    EnableDns64: false,
    Ipv6Native: subnet.cidr === null,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: hostnameType(subnet),
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    Tags: viewTags(subnet.tags),
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
  };
}
