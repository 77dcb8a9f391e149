/** How many targets a group, a load balancer and one of its zones may have. */
import type { Intent } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { LoadBalancer, Target, TargetGroup } from '../../../model/resources.ts';
import { LIMITS } from '../limits.ts';

/** `targets`: those that the group will have. `balancer`: the one that it serves, or will; undefined: none. */
export function checkTargetQuotas(
  intent: Intent,
  group: TargetGroup,
  targets: readonly Target[],
  balancer: LoadBalancer | undefined,
): void {
  const inGroup = LIMITS['targets-per-target-group'];
  if (targets.length > inGroup) {
    refuse(
      'TooManyTargets',
      `The maximum number of targets, '${inGroup}', has been reached on target group '${group.id}'`,
    );
  }
  if (balancer === undefined) return;
  const groups = new Set(
    intent
      .table('listener')
      .by('loadBalancerId', balancer.id)
      .map((listener) => listener.targetGroupId),
  );
  groups.delete(group.id);
  const all = [...targets, ...[...groups].flatMap((id) => intent.table('target').by('targetGroupId', id))];
  const onBalancer = LIMITS['targets-per-network-load-balancer'];
  if (all.length > onBalancer) {
    refuse(
      'TooManyTargets',
      `The maximum number of targets, '${onBalancer}', has been reached on load balancer '${balancer.id}'`,
    );
  }
  const inZone = LIMITS['targets-per-availability-zone-per-network-load-balancer'];
  const counts = new Map<string, number>();
  for (const { zoneId } of all) counts.set(zoneId, (counts.get(zoneId) ?? 0) + 1);
  if ([...counts.values()].some((count) => count > inZone)) {
    refuse(
      'TooManyTargets',
      `The maximum number of targets in an Availability Zone, '${inZone}', has been reached on load balancer '${balancer.id}'`,
    );
  }
}
