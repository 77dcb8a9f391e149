/**
 * The health of a target as AWS tells it: by its registration, its instance, the zones of its load balancer, and what the
 * checks measured.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html#target-health-states
 */
import type { TargetHealth, TargetHealthReasonEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import { groupSettings } from '../../../model/balancer-attributes.ts';
import type { Target, TargetGroup } from '../../../model/resources.ts';
import { balancerOf, targetHealth, targetUse, type Unused } from '../../../model/targets.ts';
import type { Context } from '../../action.ts';
import { balancerState } from '../load-balancer/view.ts';

const UNUSED: Readonly<Record<Unused, readonly [TargetHealthReasonEnum, string]>> = {
  noListener: ['Target.NotInUse', 'Target group is not configured to receive traffic from the load balancer'],
  zoneDisabled: ['Target.NotInUse', 'Target is in an Availability Zone that is not enabled for the load balancer'],
  stopped: ['Target.InvalidState', 'Target is in the stopped state'],
  terminated: ['Target.InvalidState', 'Target is in the terminated state'],
  reserved: ['Target.IpUnusable', 'Target IP address is reserved for use by a load balancer'],
};

const UNHEALTHY: Readonly<Record<string, string>> = {
  'Target.Timeout': 'Connection to target timed out',
  'Target.ResponseCodeMismatch': 'Health checks failed with a response code that was not expected',
  'Target.FailedHealthChecks': 'Health checks failed',
  'Elb.InternalError': 'Health checks failed due to an internal error',
};

export const NOT_REGISTERED: TargetHealth = {
  State: 'unused',
  Reason: 'Target.NotRegistered',
  Description: 'Target is not registered to the target group',
};

export function healthOf(
  group: TargetGroup,
  target: Target,
  { intent, facts }: Pick<Context, 'intent' | 'facts'>,
): TargetHealth {
  if (target.deregisteredAt !== null) {
    return {
      State: 'draining',
      Reason: 'Target.DeregistrationInProgress',
      Description: 'Target deregistration is in progress',
    };
  }
  const use = targetUse(intent, group, target);
  if (use.kind === 'unused') {
    const [reason, description] = UNUSED[use.why];
    return { State: 'unused', Reason: reason, Description: description };
  }
  const fact = facts.targets.get(target.id);
  if (fact === undefined) {
    const balancer = balancerOf(intent, group);
    return balancer !== undefined && balancerState(balancer, facts) === 'active'
      ? { State: 'initial', Reason: 'Elb.InitialHealthChecking', Description: 'Initial health checks in progress' }
      : { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' };
  }
  const state = targetHealth(groupSettings(group), fact, facts.now);
  if (state === 'healthy') return { State: 'healthy' };
  const reason = fact.reason ?? 'Target.FailedHealthChecks';
  return {
    State: state,
    Reason: reason as TargetHealthReasonEnum,
    Description:
      fact.status === undefined
        ? (UNHEALTHY[reason] ?? 'Health checks failed')
        : `Health checks failed with these codes: [${fact.status}]`,
  };
}
