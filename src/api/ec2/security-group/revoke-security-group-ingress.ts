/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html */
import { ec2Action } from '../action.ts';
import { groupAsked } from './find-group.ts';
import { FLAT_READS, permissionsOf } from './permissions.ts';
import { REVOKED_READS, revoke } from './revoke.ts';

export const revokeSecurityGroupIngress = ec2Action<'RevokeSecurityGroupIngress'>(
  { GroupId: true, GroupName: true, IpPermissions: REVOKED_READS, ...FLAT_READS, SecurityGroupRuleIds: true },
  (input, context) => {
    const group = groupAsked(context, input.GroupId, input.GroupName);
    return revoke(context, group, 'ingress', permissionsOf(input), input.SecurityGroupRuleIds);
  },
);
