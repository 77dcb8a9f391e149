/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const deleteSubnet = ec2Action<'DeleteSubnet'>({ SubnetId: true }, (input, context) => {
  const subnet = find(context, 'subnet', input.SubnetId);
  if (context.intent.table('networkInterface').count('subnetId', subnet.id) > 0) {
    refuse('DependencyViolation', `The subnet '${subnet.id}' has dependencies and cannot be deleted.`);
  }
  const associations = [
    ...context.intent.table('routeTableAssociation').by('subnetId', subnet.id),
    ...context.intent.table('networkAclAssociation').by('subnetId', subnet.id),
  ];
  return { edits: [...associations, subnet].map(remove), output: {} };
});
