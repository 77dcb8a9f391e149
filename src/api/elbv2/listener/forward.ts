/** What a listener does with a connection: forwards it to one target group. Other actions and weighted groups are not here. */
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { refuse } from '../../../model/refusal.ts';
import type { Listener, LoadBalancer, TargetGroup } from '../../../model/resources.ts';
import { listenersOf } from '../../../model/targets.ts';
import type { Context } from '../../action.ts';
import { badConfiguration, invalid } from '../checks.ts';
import { findGroup } from '../find.ts';
import { checkTargetQuotas } from '../target/quotas.ts';

export const ACTION_READS = {
  Type: true,
  Order: true,
  TargetGroupArn: true,
  ForwardConfig: {
    TargetGroups: { TargetGroupArn: true, Weight: [1] },
    TargetGroupStickinessConfig: { Enabled: [false], DurationSeconds: true },
  },
} as const;

/** Which target groups a listener's protocol can be spread over. */
const COMPATIBLE: Readonly<Record<Listener['protocol'], readonly TargetGroup['protocol'][]>> = {
  TCP: ['TCP', 'TCP_UDP'],
  TLS: ['TCP', 'TLS'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
};

export function groupForwardedTo(actions: readonly Action[], context: Context): TargetGroup {
  const [action, second] = actions;
  if (action === undefined) invalid('A default action must be specified');
  if (second !== undefined) refuse('TooManyActions', "Exactly '1' default action must be specified");
  if (action.Type !== 'forward') {
    refuse('InvalidLoadBalancerAction', `Action type '${action.Type}' must be one of 'forward'`);
  }
  const groups = action.ForwardConfig?.TargetGroups ?? [];
  if (groups.length > 1) {
    refuse(
      'UnsupportedOperation',
      'The parameter DefaultActions.ForwardConfig.TargetGroups is not supported by Culvert with more than one target group.',
    );
  }
  const arns = new Set([action.TargetGroupArn, groups[0]?.TargetGroupArn].filter((arn) => arn !== undefined));
  const [arn] = arns;
  if (arn === undefined) invalid('A target group ARN must be specified');
  if (arns.size > 1) invalid('You cannot specify different target groups in a forward action');
  return findGroup(context, arn);
}

/** Whether a listener of the load balancer, with this protocol, may forward to the group. */
export function checkForward(
  protocol: Listener['protocol'],
  group: TargetGroup,
  balancer: LoadBalancer,
  { intent }: Context,
): void {
  if (!COMPATIBLE[protocol].includes(group.protocol)) {
    refuse(
      'IncompatibleProtocols',
      `The listener protocol '${protocol}' is not compatible with the target group protocol '${group.protocol}'`,
    );
  }
  if (group.vpcId !== balancer.vpcId) {
    badConfiguration(
      `The target group '${group.id}' is in VPC '${group.vpcId}', the load balancer '${balancer.id}' is in VPC '${balancer.vpcId}'`,
    );
  }
  checkAddressTypes(protocol, group, balancer);
  if (listenersOf(intent, group).some((listener) => listener.loadBalancerId !== balancer.id)) {
    refuse(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${group.id}`,
    );
  }
  if (protocol === 'TLS' && group.attributes['stickiness.enabled'] === 'true') {
    badConfiguration('Stickiness is not supported for target groups of TLS listeners');
  }
  checkTargetQuotas(intent, group, intent.table('target').by('targetGroupId', group.id), balancer);
}

/** UDP to a dualstack load balancer takes AWS a prefix for source NAT of each subnet, which is refused by name elsewhere. */
function checkAddressTypes(protocol: Listener['protocol'], group: TargetGroup, { ipAddressType }: LoadBalancer): void {
  if (group.ipAddressType === 'ipv6' && ipAddressType !== 'dualstack') {
    badConfiguration(
      `You cannot associate an IPv6 target group with a load balancer that has an '${ipAddressType}' IP address type`,
    );
  }
  if (ipAddressType === 'dualstack' && (protocol === 'UDP' || protocol === 'TCP_UDP')) {
    badConfiguration(
      `Listeners with the protocol '${protocol}' require that the prefix for IPv6 source NAT is enabled on dualstack load balancers`,
    );
  }
}
