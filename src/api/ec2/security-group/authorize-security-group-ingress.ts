/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html */
import { ec2Action } from '../action.ts';
import { authorize } from './authorize.ts';
import { groupAsked } from './find-group.ts';
import { FLAT_READS, permissionsOf, requiredPermissions } from './permissions.ts';
import { PERMISSION_READS } from './rule-spec.ts';

export const authorizeSecurityGroupIngress = ec2Action<'AuthorizeSecurityGroupIngress'>(
  { GroupId: true, GroupName: true, IpPermissions: PERMISSION_READS, ...FLAT_READS, TagSpecifications: true },
  (input, context) => {
    const group = groupAsked(context, input.GroupId, input.GroupName);
    const permissions = requiredPermissions(permissionsOf(input));
    return authorize(context, group, 'ingress', permissions, input.TagSpecifications);
  },
);
