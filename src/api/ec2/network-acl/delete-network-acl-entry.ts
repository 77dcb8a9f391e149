/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAclEntry.html */
import { put } from '../../../model/edit.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { entryAt, missingEntry, ruleNumberOf, withEntry } from './entry.ts';

export const deleteNetworkAclEntry = ec2Action<'DeleteNetworkAclEntry'>(
  { NetworkAclId: true, RuleNumber: true, Egress: true },
  (input, context) => {
    const acl = find(context, 'networkAcl', input.NetworkAclId);
    const number = ruleNumberOf(input.RuleNumber);
    const egress = input.Egress ?? false;
    if (entryAt(acl, number, egress) === undefined) missingEntry(number);
    return { edits: [put(withEntry(acl, number, egress))], output: {} };
  },
);
