/** Health checks only: the rest of a target group never changes. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html */
import { put } from '../../../model/edit.ts';
import { elbAction } from '../action.ts';
import { findGroup } from '../find.ts';
import { HEALTH_READS, healthCheckAfter } from './health-check.ts';
import { viewGroup } from './view.ts';

export const modifyTargetGroup = elbAction<'ModifyTargetGroup'>(
  { TargetGroupArn: true, ...HEALTH_READS },
  (input, context) => {
    const group = findGroup(context, input.TargetGroupArn);
    const after = { ...group, healthCheck: healthCheckAfter(input, group.healthCheck) };
    return { edits: [put(after)], output: { TargetGroups: [viewGroup(after, context)] } };
  },
);
