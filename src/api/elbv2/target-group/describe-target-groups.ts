/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html */
import type { TargetGroup } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { elbAction, type Input } from '../action.ts';
import { invalid } from '../checks.ts';
import { findAll, findBalancer, findNamed, own } from '../find.ts';
import { PAGE, page } from '../pages.ts';
import { viewGroup } from './view.ts';

export const describeTargetGroups = elbAction<'DescribeTargetGroups'>(
  { LoadBalancerArn: true, TargetGroupArns: true, Names: true, ...PAGE },
  (input, context) => {
    const { items, rest } = page(selected(input, context), input, (group) => group.id);
    return reply({ TargetGroups: items.map((group) => viewGroup(group, context)), ...rest });
  },
);

function selected(input: Input<'DescribeTargetGroups'>, context: Context): readonly TargetGroup[] {
  const { LoadBalancerArn: balancerArn, TargetGroupArns: arns = [], Names: names = [] } = input;
  if ([balancerArn !== undefined, arns.length > 0, names.length > 0].filter(Boolean).length > 1) {
    invalid('Only one of a load balancer ARN, target group ARNs or target group names can be specified');
  }
  if (balancerArn !== undefined) {
    const balancer = findBalancer(context, balancerArn);
    const listeners = context.intent.table('listener').by('loadBalancerId', balancer.id);
    const used = new Set(listeners.map((listener) => listener.targetGroupId));
    return own(context, 'targetGroup').filter((group) => used.has(group.id));
  }
  if (arns.length > 0) return findAll(context, 'targetGroup', arns);
  return names.length > 0 ? findNamed(context, 'targetGroup', names) : own(context, 'targetGroup');
}
