/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { ec2Action } from '../action.ts';
import { groupAsked } from './find-group.ts';

export const deleteSecurityGroup = ec2Action<'DeleteSecurityGroup'>(
  { GroupId: true, GroupName: true },
  (input, context) => {
    const { intent } = context;
    const group = groupAsked(context, input.GroupId, input.GroupName);
    if (intent.table('vpc').get(group.vpcId)?.defaultGroupId === group.id) {
      refuse('CannotDelete', `the specified group: "${group.id}" name: "${group.name}" cannot be deleted by a user`);
    }
    const isUsed =
      intent.table('networkInterface').count('groupIds', group.id) > 0 ||
      intent
        .table('securityGroupRule')
        .by('peer.groupId', group.id)
        // One of another VPC's becomes stale.
        .some((rule) => rule.groupId !== group.id && rule.peer.kind === 'group' && rule.peer.peered === undefined) ||
      intent
        .table('vpcEndpoint')
        .by('vpcId', group.vpcId)
        .some((endpoint) => endpoint.deletedRevision === null && endpoint.groupIds.includes(group.id));
    if (isUsed) refuse('DependencyViolation', `resource ${group.id} has a dependent object`);
    const rules = intent.table('securityGroupRule').by('groupId', group.id);
    return { edits: [...rules, group].map(remove), output: { Return: true, GroupId: group.id } };
  },
);
