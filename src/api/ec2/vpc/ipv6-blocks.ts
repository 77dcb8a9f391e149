/**
 * A VPC's IPv6 blocks: /56 of Culvert's own pool, which stands for Amazon's (docs/decisions/ipv6-addresses.md). A VPC that
 * has one lets its default group's members send there too, if they may send anywhere with IPv4, and its default network ACL let it through.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
 */

import type { VpcIpv6CidrBlockAssociation } from '@aws-sdk/client-ec2';
import { blockAssociationId } from '../../../model/block-associations.ts';
import { type Edit, put } from '../../../model/edit.ts';
import { IPV6_BLOCKS, ipv6Block, take } from '../../../model/pool.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Vpc } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { withIpv6 } from '../network-acl/birth.ts';
import { allOut, isAllOut } from '../security-group/birth.ts';

/** What AWS calls its own pool. */
export const AMAZON_POOL = 'Amazon';

export function takeIpv6Block(context: Context): { readonly block: string; readonly edits: readonly Edit[] } {
  const taken = take(IPV6_BLOCKS, 1, context.intent, context.now);
  const [number] = taken?.values ?? [];
  if (taken === undefined || number === undefined) {
    refuse('InsufficientCidrBlocks', 'There are no IPv6 CIDR blocks left.', 503);
  }
  return { block: ipv6Block(number), edits: taken.edits };
}

export function withIpv6Block(context: Context, vpc: Vpc): { readonly vpc: Vpc; readonly edits: readonly Edit[] } {
  if (vpc.ipv6Cidrs.length >= quotaOf(context.intent, 'ipv6BlocksPerVpc', context)) {
    refuse(
      'CidrLimitExceeded',
      `This network '${vpc.id}' has met its maximum number of allowed CIDRs: ${quotaOf(context.intent, 'ipv6BlocksPerVpc', context)}`,
    );
  }
  const { block, edits } = takeIpv6Block(context);
  const rules = context.intent.table('securityGroupRule').by('groupId', vpc.defaultGroupId);
  const opens = rules.some((rule) => isAllOut(rule, 4)) && !rules.some((rule) => isAllOut(rule, 6));
  const after = { ...vpc, ipv6Cidrs: [...vpc.ipv6Cidrs, block] };
  const acl = context.intent.table('networkAcl').get(vpc.defaultAclId);
  const acls = acl === undefined || vpc.ipv6Cidrs.length > 0 ? [] : [put(withIpv6(acl))];
  return {
    vpc: after,
    edits: [...edits, put(after), ...acls, ...(opens ? [put(allOut(context, vpc.defaultGroupId, 6))] : [])],
  };
}

export function viewIpv6Association(
  vpc: Vpc,
  block: string,
  state: 'associated' | 'disassociated' = 'associated',
): VpcIpv6CidrBlockAssociation {
  return {
    AssociationId: blockAssociationId(vpc, block),
    Ipv6CidrBlock: block,
    Ipv6CidrBlockState: { State: state },
    NetworkBorderGroup: vpc.region,
    Ipv6Pool: AMAZON_POOL,
    Ipv6AddressAttribute: 'public',
    IpSource: 'amazon',
  };
}
