/** A subnet as DescribeSubnets shows it. */
import type { Subnet as Shown } from '@aws-sdk/client-ec2';
import type { Subnet } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { ec2Arn } from '../../shared/resource.ts';
import { viewTags } from '../../shared/tags.ts';
import { subnetAddresses } from '../network-interface/allocate.ts';
import { viewIpv6Block } from './ipv6-block.ts';

export function viewSubnet(subnet: Subnet, context: Context): Shown {
  return {
    SubnetId: subnet.id,
    SubnetArn: ec2Arn(subnet, 'subnet'),
    OwnerId: subnet.account,
    VpcId: subnet.vpcId,
    State: 'available',
    CidrBlock: subnet.cidr,
    Ipv6CidrBlockAssociationSet: subnet.ipv6Cidr === null ? [] : [viewIpv6Block(subnet, subnet.ipv6Cidr)],
    AvailableIpAddressCount: subnetAddresses(context, subnet).free,
    AvailabilityZone: zoneName(context.account, subnet.zoneId),
    AvailabilityZoneId: subnet.zoneId,
    DefaultForAz: subnet.isDefaultForZone,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: subnet.assignIpv6OnCreation,
    EnableDns64: false,
    Ipv6Native: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    Tags: viewTags(subnet.tags),
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
  };
}
