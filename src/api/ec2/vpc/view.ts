/** A VPC as DescribeVpcs shows it. */
import type { Vpc as Shown } from '@aws-sdk/client-ec2';
import type { Vpc } from '../../../model/resources.ts';
import { derivedId } from '../../shared/resource.ts';
import { viewTags } from '../../shared/tags.ts';
import { viewIpv6Association } from './ipv6-blocks.ts';

export function viewVpc(vpc: Vpc): Shown {
  return {
    VpcId: vpc.id,
    OwnerId: vpc.account,
    State: 'available',
    CidrBlock: vpc.cidrs[0],
    CidrBlockAssociationSet: vpc.cidrs.map((cidr) => ({
      AssociationId: blockAssociationId(vpc),
      CidrBlock: cidr,
      CidrBlockState: { State: 'associated' },
    })),
    Ipv6CidrBlockAssociationSet: vpc.ipv6Cidrs.map((block) => viewIpv6Association(vpc, block)),
    DhcpOptionsId: vpc.dhcpOptionsId,
    InstanceTenancy: vpc.instanceTenancy,
    IsDefault: vpc.isDefault,
    Tags: viewTags(vpc.tags),
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
  };
}

/** A VPC has one IPv4 block for now, so its association needs no resource of its own. */
export function blockAssociationId(vpc: Vpc): string {
  return derivedId('vpc-cidr-assoc', vpc);
}
