/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html */
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Target, TargetGroup } from '../../../model/resources.ts';
import { ALL_ZONES, targetId } from '../../../model/targets.ts';
import { zoneName } from '../../../model/zones.ts';
import { type Context, reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { findGroup } from '../find.ts';
import { targetNamed } from './asked.ts';
import { healthOf, NOT_REGISTERED } from './health.ts';

export const describeTargetHealth = elbAction<'DescribeTargetHealth'>(
  { TargetGroupArn: true, Targets: { Id: true, Port: true, AvailabilityZone: true } },
  (input, context) => {
    const group = findGroup(context, input.TargetGroupArn);
    const targets = context.intent.table('target');
    if (input.Targets === undefined || input.Targets.length === 0) {
      const all = targets.by('targetGroupId', group.id);
      return reply({ TargetHealthDescriptions: all.map((target) => described(group, target, context)) });
    }
    const asked = input.Targets.map((each): TargetHealthDescription => {
      const { targetId: id, port } = targetNamed(each, group);
      const target = targets.get(targetId(group.id, id, port));
      return target === undefined
        ? { Target: { Id: id, Port: port }, TargetHealth: NOT_REGISTERED }
        : described(group, target, context);
    });
    return reply({ TargetHealthDescriptions: asked });
  },
);

function described(group: TargetGroup, target: Target, context: Context): TargetHealthDescription {
  const { port } = group.healthCheck;
  const { zoneId } = target;
  return {
    Target: {
      Id: target.targetId,
      Port: target.port,
      ...(group.targetType === 'ip' && {
        AvailabilityZone: zoneId === ALL_ZONES ? ALL_ZONES : zoneName(context.account, zoneId),
      }),
    },
    HealthCheckPort: port === 'traffic-port' ? String(target.port) : port,
    TargetHealth: healthOf(group, target, context),
  };
}
