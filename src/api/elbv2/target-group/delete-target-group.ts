/** Its registrations go with it. Deleting one that is not there succeeds. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { listenersOf } from '../../../model/targets.ts';
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { findIfThere } from '../find.ts';

export const deleteTargetGroup = elbAction<'DeleteTargetGroup'>({ TargetGroupArn: true }, (input, context) => {
  const group = findIfThere(context, 'targetGroup', input.TargetGroupArn);
  if (group === undefined) return reply({});
  if (listenersOf(context.intent, group).length > 0) {
    refuse('ResourceInUse', `Target group '${group.id}' is currently in use by a listener or a rule`);
  }
  const targets = context.intent.table('target').by('targetGroupId', group.id);
  return { edits: [...targets, group].map(remove), output: {} };
});
