/**
 * Ends flow logs: no record is written from then on, what was written stays. Where one of the ids is not there, none is deleted.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteFlowLogs.html
 */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { findIfThere } from '../../shared/find.ts';
import { distinct, required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';

export const deleteFlowLogs = ec2Action<'DeleteFlowLogs'>({ FlowLogIds: true }, (input, context) => {
  const ids = distinct(required(input.FlowLogIds, 'FlowLogIds'));
  const found = ids.flatMap((id) => findIfThere(context, 'flowLog', id) ?? []);
  if (found.length < ids.length) {
    const missing = ids.filter((id) => !found.some((each) => each.id === id));
    refuse(
      'InvalidFlowLogId.NotFound',
      `These flow log ids in the input list are not found: [TotalCount: ${missing.length}] ${missing.join(' ')}`,
    );
  }
  return { edits: found.map(remove), output: { Unsuccessful: [] } };
});
