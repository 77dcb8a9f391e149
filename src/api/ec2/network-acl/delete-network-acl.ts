/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const deleteNetworkAcl = ec2Action<'DeleteNetworkAcl'>({ NetworkAclId: true }, (input, context) => {
  const acl = find(context, 'networkAcl', input.NetworkAclId);
  if (acl.isDefault) refuse('InvalidParameterValue', `cannot delete default network ACL ${acl.id}`);
  if (context.intent.table('networkAclAssociation').count('aclId', acl.id) > 0) {
    refuse('DependencyViolation', `The networkAcl '${acl.id}' has dependencies and cannot be deleted.`);
  }
  return { edits: [remove(acl)], output: {} };
});
