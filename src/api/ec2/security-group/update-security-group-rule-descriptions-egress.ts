/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsEgress.html */
import { ec2Action } from '../action.ts';
import { groupAsked } from './find-group.ts';
import { PERMISSION_READS } from './rule-spec.ts';
import { updateDescriptions } from './update-descriptions.ts';

export const updateSecurityGroupRuleDescriptionsEgress = ec2Action<'UpdateSecurityGroupRuleDescriptionsEgress'>(
  { GroupId: true, GroupName: true, IpPermissions: PERMISSION_READS, SecurityGroupRuleDescriptions: true },
  (input, context) => {
    const group = groupAsked(context, input.GroupId, input.GroupName);
    return updateDescriptions(context, group, 'egress', input.IpPermissions, input.SecurityGroupRuleDescriptions);
  },
);
