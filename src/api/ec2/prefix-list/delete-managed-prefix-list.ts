/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteManagedPrefixList.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { refuseOtherState } from './change.ts';
import { findOwnList } from './find.ts';
import { groupsWith, tablesWith } from './references.ts';
import { viewList } from './view.ts';

export const deleteManagedPrefixList = ec2Action<'DeleteManagedPrefixList'>(
  { PrefixListId: true },
  (input, context) => {
    const list = findOwnList(context, required(input.PrefixListId, 'prefixListId'));
    refuseOtherState(context, list, undefined);
    if (groupsWith(context, list).length + tablesWith(context, list).length > 0) {
      refuse('DependencyViolation', `The prefix list '${list.id}' has dependencies and cannot be deleted.`);
    }
    const versions = context.intent.table('prefixListVersion').by('listId', list.id);
    return {
      edits: [remove(list), ...versions.map(remove)],
      output: { PrefixList: { ...viewList(list, context), State: 'delete-in-progress' } },
    };
  },
);
