/** Groups are of one VPC each here: none is associated with another. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSecurityGroupsForVpc.html */
import type { SecurityGroup } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { find } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';

const FIELDS: FilterFields<SecurityGroup> = {
  description: (group) => group.description,
  'group-id': (group) => group.id,
  'group-name': (group) => group.name,
  'owner-id': (group) => group.account,
  'primary-vpc-id': (group) => group.vpcId,
};

export const getSecurityGroupsForVpc = ec2Action<'GetSecurityGroupsForVpc'>(
  { VpcId: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const vpc = find(context, 'vpc', input.VpcId);
    const groups = context.intent.table('securityGroup').by('vpcId', vpc.id);
    const { items, next } = page(filterResources(groups, input.Filters, FIELDS), input, (group) => group.id);
    const shown = items.map((group) => ({
      Description: group.description,
      GroupName: group.name,
      OwnerId: group.account,
      GroupId: group.id,
      Tags: viewTags(group.tags),
      PrimaryVpcId: group.vpcId,
    }));
    return reply({ SecurityGroupForVpcs: shown, NextToken: next });
  },
);
