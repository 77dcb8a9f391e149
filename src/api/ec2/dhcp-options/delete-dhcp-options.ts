/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteDhcpOptions.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const deleteDhcpOptions = ec2Action<'DeleteDhcpOptions'>({ DhcpOptionsId: true }, (input, context) => {
  const options = find(context, 'dhcpOptions', input.DhcpOptionsId);
  if (context.intent.table('vpc').count('dhcpOptionsId', options.id) > 0) {
    refuse('DependencyViolation', `The dhcpOptions '${options.id}' has dependencies and cannot be deleted.`);
  }
  return { edits: [remove(options)], output: {} };
});
