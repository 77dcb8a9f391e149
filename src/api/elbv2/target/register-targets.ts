/**
 * Registering again is no change, and takes a draining target back.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html
 */
import { put } from '../../../model/edit.ts';
import type { LoadBalancer, Target, TargetGroup } from '../../../model/resources.ts';
import { balancerOf, targetId } from '../../../model/targets.ts';
import type { Context } from '../../action.ts';
import { elbAction } from '../action.ts';
import { findGroup } from '../find.ts';
import { newElbResource } from '../resource.ts';
import { targetsToRegister } from './asked.ts';
import { checkTargetQuotas } from './quotas.ts';

export const registerTargets = elbAction<'RegisterTargets'>(
  { TargetGroupArn: true, Targets: { Id: true, Port: true, AvailabilityZone: true } },
  (input, context) => {
    const group = findGroup(context, input.TargetGroupArn);
    const asked = targetsToRegister(input.Targets, group, context);
    const after = new Map<string, Target>();
    for (const each of asked) {
      const id = targetId(group.id, each.targetId, each.port);
      const present = context.intent.table('target').get(id);
      const born = present ?? { ...newElbResource(context, id, {}), kind: 'target' as const, targetGroupId: group.id };
      after.set(id, { ...born, kind: 'target', ...each, deregisteredAt: null, cutRevision: null });
    }
    const targets = [...after.values()];
    checkRoom(targets, group, balancerOf(context.intent, group), context);
    return { edits: targets.map(put), output: {} };
  },
);

function checkRoom(
  targets: readonly Target[],
  group: TargetGroup,
  balancer: LoadBalancer | undefined,
  { intent }: Context,
): void {
  const taken = new Set(targets.map(({ id }) => id));
  const others = intent
    .table('target')
    .by('targetGroupId', group.id)
    .filter(({ id }) => !taken.has(id));
  checkTargetQuotas(intent, group, [...others, ...targets], balancer);
}
