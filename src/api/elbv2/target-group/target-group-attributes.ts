/**
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroupAttributes.html
 *
 * The draining interval of unhealthy targets is told with AWS's default, and refused by name where it asks for anything else.
 */
import { takesUdp, targetGroupAttributes } from '../../../model/balancer-attributes.ts';
import { put } from '../../../model/edit.ts';
import type { TargetGroup } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import {
  type AttributeRule,
  type AttributeRules,
  BOOLEAN,
  changedAttributes,
  oneOf,
  viewAttributes,
  whole,
} from '../attributes.ts';
import { badConfiguration } from '../checks.ts';
import { findGroup } from '../find.ts';
import { LIMITS } from '../limits.ts';

/** As many as a group can have. */
const COUNT = whole(1, LIMITS['targets-per-target-group']);
const PERCENTAGE = orOff(whole(1, 100));
const HEALTH = 'target_group_health';

const RULES: AttributeRules = {
  'deregistration_delay.connection_termination.enabled': BOOLEAN,
  'deregistration_delay.timeout_seconds': whole(0, 3600),
  'load_balancing.cross_zone.enabled': oneOf('true', 'false', 'use_load_balancer_configuration'),
  'preserve_client_ip.enabled': BOOLEAN,
  'proxy_protocol_v2.enabled': BOOLEAN,
  'stickiness.enabled': BOOLEAN,
  'stickiness.type': oneOf('source_ip'),
  [`${HEALTH}.dns_failover.minimum_healthy_targets.count`]: orOff(COUNT),
  [`${HEALTH}.dns_failover.minimum_healthy_targets.percentage`]: PERCENTAGE,
  [`${HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count`]: COUNT,
  [`${HEALTH}.unhealthy_state_routing.minimum_healthy_targets.percentage`]: PERCENTAGE,
  'target_health_state.unhealthy.connection_termination.enabled': BOOLEAN,
  'target_health_state.unhealthy.draining_interval_seconds': whole(0, 360_000),
};

export const describeTargetGroupAttributes = elbAction<'DescribeTargetGroupAttributes'>(
  { TargetGroupArn: true },
  (input, context) => {
    const group = findGroup(context, input.TargetGroupArn);
    return reply({ Attributes: viewAttributes(targetGroupAttributes(group)) });
  },
);

export const modifyTargetGroupAttributes = elbAction<'ModifyTargetGroupAttributes'>(
  { TargetGroupArn: true, Attributes: true },
  (input, context) => {
    const group = findGroup(context, input.TargetGroupArn);
    const changes = changedAttributes(input.Attributes, targetGroupAttributes(group), RULES, 'Target group');
    const after = { ...group, attributes: { ...group.attributes, ...changes } };
    checkTogether(after);
    return { edits: [put(after)], output: { Attributes: viewAttributes(targetGroupAttributes(after)) } };
  },
);

function orOff(rule: AttributeRule): AttributeRule {
  return (value) => {
    const wrong = rule(value);
    return value === 'off' || wrong === undefined ? undefined : `${wrong}, or 'off'`;
  };
}

/** What a protocol forces, and AWS does not let one change. */
function checkTogether(group: TargetGroup): void {
  const value = targetGroupAttributes(group);
  if (takesUdp(group) && value['preserve_client_ip.enabled'] === 'false') {
    badConfiguration(`Client IP preservation cannot be disabled for target groups with the ${group.protocol} protocol`);
  }
  if (takesUdp(group) && value['target_health_state.unhealthy.connection_termination.enabled'] === 'true') {
    badConfiguration(
      `Connection termination for unhealthy targets cannot be enabled for target groups with the ${group.protocol} protocol`,
    );
  }
  const draining = Number(value['target_health_state.unhealthy.draining_interval_seconds']);
  if (draining > 0 && value['target_health_state.unhealthy.connection_termination.enabled'] === 'true') {
    badConfiguration(
      'The unhealthy draining interval can only be configured when connection termination for unhealthy targets is disabled',
    );
  }
  if (group.protocol === 'TLS' && value['stickiness.enabled'] === 'true') {
    badConfiguration('Stickiness is not supported for target groups with the TLS protocol');
  }
  for (const what of ['count', 'percentage']) {
    const least = (action: string) => Number(value[`${HEALTH}.${action}.minimum_healthy_targets.${what}`]);
    // 'off' is no number, and no number is less than another.
    if (least('dns_failover') < least('unhealthy_state_routing')) {
      badConfiguration(
        `The minimum healthy targets ${what} for DNS failover must be greater than or equal to that for unhealthy state routing`,
      );
    }
  }
}
