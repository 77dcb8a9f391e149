/**
 * Groups whose rules refer to groups that a deleted peering connection led to. There is no peering yet, and within a VPC
 * a group that is referred to cannot be deleted: so none is stale.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeStaleSecurityGroups.html
 */
import { reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';

export const describeStaleSecurityGroups = ec2Action<'DescribeStaleSecurityGroups'>(
  { VpcId: true, MaxResults: true, NextToken: true },
  (input, context) => {
    find(context, 'vpc', input.VpcId);
    const { next } = page([], input, String);
    return reply({ StaleSecurityGroupSet: [], NextToken: next });
  },
);
