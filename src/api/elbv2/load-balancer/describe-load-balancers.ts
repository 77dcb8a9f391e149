/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html */
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { invalid } from '../checks.ts';
import { findAll, findNamed, own } from '../find.ts';
import { PAGE, page } from '../pages.ts';
import { viewBalancer } from './view.ts';

const MAX_ARNS = 20;

export const describeLoadBalancers = elbAction<'DescribeLoadBalancers'>(
  { LoadBalancerArns: true, Names: true, ...PAGE },
  (input, context) => {
    const { LoadBalancerArns: arns = [], Names: names = [] } = input;
    if (arns.length > 0 && names.length > 0) {
      invalid('Load balancer names and load balancer ARNs cannot be specified at the same time');
    }
    if (arns.length > MAX_ARNS) invalid(`Up to '${MAX_ARNS}' load balancer ARNs can be specified`);
    const found =
      arns.length > 0
        ? findAll(context, 'loadBalancer', arns)
        : names.length > 0
          ? findNamed(context, 'loadBalancer', names)
          : own(context, 'loadBalancer');
    const { items, rest } = page(found, input, (balancer) => balancer.id);
    return reply({ LoadBalancers: items.map((balancer) => viewBalancer(balancer, context)), ...rest });
  },
);
