/**
 * Cross-zone, deletion protection and the client routing policy can be set; the other attributes that AWS has are told with their defaults, and refused
 * by name where they ask for anything else.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html
 */
import { loadBalancerAttributes, ZONE_AFFINITY } from '../../../model/balancer-attributes.ts';
import { put } from '../../../model/edit.ts';
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { type AttributeRules, BOOLEAN, changedAttributes, oneOf, viewAttributes } from '../attributes.ts';
import { findBalancer } from '../find.ts';

const RULES: AttributeRules = {
  'deletion_protection.enabled': BOOLEAN,
  'dns_record.client_routing_policy': oneOf(...Object.keys(ZONE_AFFINITY)),
  'load_balancing.cross_zone.enabled': BOOLEAN,
};

export const describeLoadBalancerAttributes = elbAction<'DescribeLoadBalancerAttributes'>(
  { LoadBalancerArn: true },
  (input, context) => {
    const balancer = findBalancer(context, input.LoadBalancerArn);
    return reply({ Attributes: viewAttributes(loadBalancerAttributes(balancer)) });
  },
);

export const modifyLoadBalancerAttributes = elbAction<'ModifyLoadBalancerAttributes'>(
  { LoadBalancerArn: true, Attributes: true },
  (input, context) => {
    const balancer = findBalancer(context, input.LoadBalancerArn);
    const changes = changedAttributes(input.Attributes, loadBalancerAttributes(balancer), RULES, 'Load balancer');
    const after = { ...balancer, attributes: { ...balancer.attributes, ...changes } };
    return { edits: [put(after)], output: { Attributes: viewAttributes(loadBalancerAttributes(after)) } };
  },
);
