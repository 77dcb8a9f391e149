/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclEntry.html */
import { put } from '../../../model/edit.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { ENTRY_READS, entryAt, entryOf, missingEntry, withEntry } from './entry.ts';

export const replaceNetworkAclEntry = ec2Action<'ReplaceNetworkAclEntry'>(ENTRY_READS, (input, context) => {
  const acl = find(context, 'networkAcl', input.NetworkAclId);
  const entry = entryOf(input);
  const { number, egress } = entry;
  if (entryAt(acl, number, egress) === undefined) missingEntry(number);
  return { edits: [put(withEntry(acl, number, egress, entry))], output: {} };
});
