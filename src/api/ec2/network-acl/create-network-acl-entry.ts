/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { ENTRY_READS, entryAt, entryOf, withEntry } from './entry.ts';

export const createNetworkAclEntry = ec2Action<'CreateNetworkAclEntry'>(ENTRY_READS, (input, context) => {
  const acl = find(context, 'networkAcl', input.NetworkAclId);
  const entry = entryOf(input);
  const { number, egress } = entry;
  if (entryAt(acl, number, egress) !== undefined) {
    refuse('NetworkAclEntryAlreadyExists', `The network acl entry identified by ${number} already exists.`);
  }
  if (
    acl.entries.filter((each) => each.egress === egress).length >= quotaOf(context.intent, 'entriesPerAcl', context)
  ) {
    refuse('NetworkAclEntryLimitExceeded', 'The maximum number of network acl entries has been reached.');
  }
  return { edits: [put(withEntry(acl, number, egress, entry))], output: {} };
});
