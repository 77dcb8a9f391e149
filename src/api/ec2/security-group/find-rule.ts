/** A rule by its id, where it must belong to a certain group. */
import { refuse } from '../../../model/refusal.ts';
import type { SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';

/** `direction` undefined: either. */
export function ruleInGroup(
  context: Context,
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'] | undefined,
  id: string,
): SecurityGroupRule {
  const rule = find(context, 'securityGroupRule', id);
  if (rule.groupId !== group.id || (direction !== undefined && rule.direction !== direction)) {
    refuse('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
  }
  return rule;
}
