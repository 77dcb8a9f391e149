/** Changes nothing of a rule but its description, in and out alike; an absent one is taken away. */
import type { IpPermission, SecurityGroupRuleDescription } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import type { Context, Decision } from '../../action.ts';
import { required } from '../../shared/input.ts';
import { ruleInGroup } from './find-rule.ts';
import { requiredPermissions } from './permissions.ts';
import { descriptionOf, presentPeer, ruleKey, specsOf } from './rule-spec.ts';
import { rulesOf } from './view.ts';

export function updateDescriptions(
  context: Context,
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'],
  permissions: readonly IpPermission[] | undefined,
  byId: readonly SecurityGroupRuleDescription[] | undefined,
): Decision<{ Return: boolean }> {
  const changed =
    byId !== undefined && byId.length > 0
      ? byId.map(({ SecurityGroupRuleId: id, Description: text }) => ({
          ...ruleInGroup(context, group, direction, required(id, 'SecurityGroupRuleId')),
          description: descriptionOf(text),
        }))
      : byPermission(context, group, direction, requiredPermissions(permissions));
  return { edits: changed.map(put), output: { Return: true } };
}

function byPermission(
  context: Context,
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'],
  permissions: readonly IpPermission[],
): readonly SecurityGroupRule[] {
  const present = new Map(rulesOf(context, group, direction).map((rule) => [ruleKey(rule), rule]));
  return specsOf(context, group, permissions, presentPeer).map((spec) => {
    const rule =
      present.get(ruleKey(spec)) ??
      refuse('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
    return { ...rule, description: spec.description };
  });
}
