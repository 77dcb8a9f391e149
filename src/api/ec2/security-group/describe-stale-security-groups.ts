/**
 * Groups of a VPC whose rules refer to groups that are gone, or that a deleted peering connection led to.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeStaleSecurityGroups.html
 */
import type { StaleIpPermission } from '@aws-sdk/client-ec2';
import type { SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { isStale } from './peered.ts';
import { rulesOf, viewPermissions } from './view.ts';

export const describeStaleSecurityGroups = ec2Action<'DescribeStaleSecurityGroups'>(
  { VpcId: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const vpc = find(context, 'vpc', input.VpcId);
    const stale = context.intent
      .table('securityGroup')
      .by('vpcId', vpc.id)
      .map((group) => ({
        group,
        ingress: stalePermissions(context, group, 'ingress'),
        egress: stalePermissions(context, group, 'egress'),
      }))
      .filter(({ ingress, egress }) => ingress.length + egress.length > 0);
    const { items, next } = page(stale, input, ({ group }) => group.id);
    return reply({
      StaleSecurityGroupSet: items.map(({ group, ingress, egress }) => ({
        GroupId: group.id,
        GroupName: group.name,
        Description: group.description,
        VpcId: group.vpcId,
        StaleIpPermissions: ingress,
        StaleIpPermissionsEgress: egress,
      })),
      NextToken: next,
    });
  },
);

function stalePermissions(
  context: Context,
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'],
): StaleIpPermission[] {
  const stale = rulesOf(context, group, direction).filter(({ peer }) => isStale(peer, context));
  return viewPermissions(stale, context).map(({ IpProtocol, FromPort, ToPort, UserIdGroupPairs }) => ({
    IpProtocol,
    FromPort,
    ToPort,
    IpRanges: [],
    PrefixListIds: [],
    UserIdGroupPairs,
  }));
}
