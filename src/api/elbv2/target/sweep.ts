/**
 * Deregistered targets whose delay has passed, and those whose instance is forgotten. Where the group asks for it, flows to
 * a drained target are cut first: that must be in force before the target can go.
 */
import { groupSettings } from '../../../model/balancer-attributes.ts';
import { type Edit, put, remove } from '../../../model/edit.ts';
import type { Facts } from '../../../model/facts.ts';
import type { Intent } from '../../../model/intent.ts';
import type { Target } from '../../../model/resources.ts';
import { drainedAt, targetUse } from '../../../model/targets.ts';

export function sweepTargets(intent: Intent, facts: Facts, now: string): readonly Edit[] {
  return [...intent.table('target').all()].flatMap((target) => sweepTarget(target, intent, facts, now));
}

function sweepTarget(target: Target, intent: Intent, facts: Facts, now: string): readonly Edit[] {
  const group = intent.table('targetGroup').get(target.targetGroupId);
  if (group === undefined) return [remove(target)];
  const isForgotten = group.targetType === 'instance' && intent.table('instance').get(target.targetId) === undefined;
  if (isForgotten) return [remove(target)];
  const at = drainedAt(group, target);
  if (at === null || Date.parse(now) < at) return [];
  if (!groupSettings(group).cutsDeregistered || targetUse(intent, group, target).kind === 'unused') {
    return [remove(target)];
  }
  if (target.cutRevision === null) return [put({ ...target, cutRevision: intent.revision + 1 })];
  return facts.appliedRevision >= target.cutRevision ? [remove(target)] : [];
}
