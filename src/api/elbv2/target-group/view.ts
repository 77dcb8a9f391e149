/** A target group as DescribeTargetGroups shows it. */
import type { TargetGroup as Shown } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetGroup } from '../../../model/resources.ts';
import { balancerOf } from '../../../model/targets.ts';
import type { Context } from '../../action.ts';

export function viewGroup(group: TargetGroup, { intent }: Context): Shown {
  const { healthCheck: check } = group;
  const balancer = balancerOf(intent, group);
  return {
    TargetGroupArn: group.id,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    Port: group.port,
    VpcId: group.vpcId,
    HealthCheckProtocol: check.protocol,
    HealthCheckPort: check.port,
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    ...(check.path !== null && { HealthCheckPath: check.path }),
    ...(check.matcher !== null && { Matcher: { HttpCode: check.matcher } }),
    LoadBalancerArns: balancer === undefined ? [] : [balancer.id],
    TargetType: group.targetType,
    IpAddressType: group.ipAddressType,
  };
}
