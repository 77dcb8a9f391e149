/** Security groups as a load balancer takes them: own, of its VPC, no more than an interface may have. */
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Context } from '../../action.ts';
import { findIfThere } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { badConfiguration } from '../checks.ts';

export function checkedGroups(ids: readonly string[], vpcId: string, context: Context): readonly string[] {
  const groups = distinct(ids);
  for (const id of groups) {
    const group = findIfThere(context, 'securityGroup', id);
    if (group === undefined) refuse('InvalidSecurityGroup', `Security group '${id}' does not exist`);
    if (group.vpcId !== vpcId) badConfiguration(`Security group '${id}' does not belong to VPC '${vpcId}'`);
  }
  if (groups.length > quotaOf(context.intent, 'groupsPerInterface', context)) {
    badConfiguration(
      `A load balancer cannot have more than '${quotaOf(context.intent, 'groupsPerInterface', context)}' security groups`,
    );
  }
  return groups;
}
