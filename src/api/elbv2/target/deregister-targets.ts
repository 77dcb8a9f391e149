/**
 * Targets that flows may still go to drain for the group's delay; others go at once. What is not registered is no error.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html
 */
import { type Edit, put, remove } from '../../../model/edit.ts';
import { targetId, targetUse } from '../../../model/targets.ts';
import { distinct } from '../../shared/input.ts';
import { elbAction } from '../action.ts';
import { findGroup } from '../find.ts';
import { targetNamed } from './asked.ts';

export const deregisterTargets = elbAction<'DeregisterTargets'>(
  { TargetGroupArn: true, Targets: { Id: true, Port: true, AvailabilityZone: true } },
  (input, context) => {
    const { intent, now } = context;
    const group = findGroup(context, input.TargetGroupArn);
    const ids = input.Targets.map((each) => {
      const { targetId: name, port } = targetNamed(each, group);
      return targetId(group.id, name, port);
    });
    const edits = distinct(ids).flatMap((id): Edit[] => {
      const target = intent.table('target').get(id);
      if (target === undefined || target.deregisteredAt !== null) return [];
      if (targetUse(intent, group, target).kind === 'unused') return [remove(target)];
      return [put({ ...target, deregisteredAt: now })];
    });
    return { edits, output: {} };
  },
);
