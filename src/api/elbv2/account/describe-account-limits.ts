/** The quotas of network load balancers; those of other types have no meaning here. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html */
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { LIMITS } from '../limits.ts';
import { PAGE, page } from '../pages.ts';

export const describeAccountLimits = elbAction<'DescribeAccountLimits'>(PAGE, (input) => {
  const limits = Object.entries(LIMITS).map(([Name, max]) => ({ Name, Max: String(max) }));
  const { items, rest } = page(limits, input, (limit) => limit.Name);
  return reply({ Limits: [...items], ...rest });
});
