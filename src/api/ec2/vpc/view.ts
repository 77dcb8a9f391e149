/** A VPC as DescribeVpcs shows it. */
import type { Vpc as Shown } from '@aws-sdk/client-ec2';
import type { Vpc } from '../../../model/resources.ts';
import { viewTags } from '../../shared/tags.ts';
import { viewIpv4Association } from './ipv4-blocks.ts';
import { viewIpv6Association } from './ipv6-blocks.ts';

export function viewVpc(vpc: Vpc): Shown {
  return {
    VpcId: vpc.id,
    OwnerId: vpc.account,
    State: 'available',
    CidrBlock: vpc.cidrs[0],
    CidrBlockAssociationSet: vpc.cidrs.map((block) => viewIpv4Association(vpc, block)),
    Ipv6CidrBlockAssociationSet: vpc.ipv6Cidrs.map((block) => viewIpv6Association(vpc, block)),
    DhcpOptionsId: vpc.dhcpOptionsId,
    InstanceTenancy: vpc.instanceTenancy,
    IsDefault: vpc.isDefault,
    Tags: viewTags(vpc.tags),
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
  };
}
