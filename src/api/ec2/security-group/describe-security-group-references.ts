/**
 * Which other VPCs' groups refer to these, across peering or a transit gateway. There are neither yet, so no rule can.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupReferences.html
 */
import { reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const describeSecurityGroupReferences = ec2Action<'DescribeSecurityGroupReferences'>(
  { GroupId: true },
  (input, context) => {
    for (const id of input.GroupId) find(context, 'securityGroup', id);
    return reply({ SecurityGroupReferenceSet: [] });
  },
);
