/** ELBv2's actions by their AWS names, for network load balancers. What is not here is refused by name. */
import type { ActionTable } from '../action.ts';
import { inOpenRegion } from '../ec2/region-use.ts';
import { describeAccountLimits } from './account/describe-account-limits.ts';
import { describeSSLPolicies } from './account/describe-ssl-policies.ts';
import { listenerActions } from './listener/index.ts';
import { loadBalancerActions } from './load-balancer/index.ts';
import { addTags, describeTags, removeTags } from './tag/tag-actions.ts';
import { targetActions } from './target/index.ts';
import { targetGroupActions } from './target-group/index.ts';

export const elbv2Actions: ActionTable = inOpenRegion({
  AddTags: addTags,
  DescribeAccountLimits: describeAccountLimits,
  DescribeSSLPolicies: describeSSLPolicies,
  DescribeTags: describeTags,
  RemoveTags: removeTags,
  ...listenerActions,
  ...loadBalancerActions,
  ...targetActions,
  ...targetGroupActions,
});
