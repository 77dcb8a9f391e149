/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html */
import { ec2Action } from '../action.ts';
import { groupAsked } from './find-group.ts';
import { PERMISSION_READS } from './rule-spec.ts';
import { updateDescriptions } from './update-descriptions.ts';

export const updateSecurityGroupRuleDescriptionsIngress = ec2Action<'UpdateSecurityGroupRuleDescriptionsIngress'>(
  { GroupId: true, GroupName: true, IpPermissions: PERMISSION_READS, SecurityGroupRuleDescriptions: true },
  (input, context) => {
    const group = groupAsked(context, input.GroupId, input.GroupName);
    return updateDescriptions(context, group, 'ingress', input.IpPermissions, input.SecurityGroupRuleDescriptions);
  },
);
