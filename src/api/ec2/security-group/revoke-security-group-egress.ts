/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html */
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { REVOKED_READS, revoke } from './revoke.ts';

export const revokeSecurityGroupEgress = ec2Action<'RevokeSecurityGroupEgress'>(
  { GroupId: true, IpPermissions: REVOKED_READS, SecurityGroupRuleIds: true },
  (input, context) => {
    const group = find(context, 'securityGroup', input.GroupId);
    return revoke(context, group, 'egress', input.IpPermissions, input.SecurityGroupRuleIds);
  },
);
