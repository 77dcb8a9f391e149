/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html */
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { invalid } from '../checks.ts';
import { findAll, findBalancer } from '../find.ts';
import { PAGE, page } from '../pages.ts';
import { viewListener } from './view.ts';

export const describeListeners = elbAction<'DescribeListeners'>(
  { LoadBalancerArn: true, ListenerArns: true, ...PAGE },
  (input, context) => {
    const { LoadBalancerArn: balancerArn, ListenerArns: arns = [] } = input;
    if ((balancerArn === undefined) === (arns.length === 0)) {
      invalid('You must specify either listener ARNs or a load balancer ARN');
    }
    const found =
      balancerArn === undefined
        ? findAll(context, 'listener', arns)
        : context.intent.table('listener').by('loadBalancerId', findBalancer(context, balancerArn).id);
    const { items, rest } = page(found, input, (listener) => listener.id);
    return reply({ Listeners: items.map(viewListener), ...rest });
  },
);
