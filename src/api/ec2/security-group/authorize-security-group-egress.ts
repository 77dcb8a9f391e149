/** The flat form is not for egress rules, at AWS neither. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html */
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { authorize } from './authorize.ts';
import { requiredPermissions } from './permissions.ts';
import { PERMISSION_READS } from './rule-spec.ts';

export const authorizeSecurityGroupEgress = ec2Action<'AuthorizeSecurityGroupEgress'>(
  { GroupId: true, IpPermissions: PERMISSION_READS, TagSpecifications: true },
  (input, context) => {
    const group = find(context, 'securityGroup', input.GroupId);
    return authorize(context, group, 'egress', requiredPermissions(input.IpPermissions), input.TagSpecifications);
  },
);
