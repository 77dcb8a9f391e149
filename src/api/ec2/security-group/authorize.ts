/** Adding rules, in and out alike: checked against what the group has, its quota and each other. */
import type { IpPermission, TagSpecification } from '@aws-sdk/client-ec2';
import { type Edit, put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import type { Context, Decision } from '../../action.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { refuseOverQuota } from './room.ts';
import { duplicateText, ruleKey, specsOf } from './rule-spec.ts';
import { rulesOf, viewRule } from './view.ts';

export function authorize(
  context: Context,
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'],
  permissions: readonly IpPermission[],
  tagSpecifications: readonly TagSpecification[] | undefined,
): Decision<{ Return: boolean; SecurityGroupRules: ReturnType<typeof viewRule>[] }> {
  const specs = specsOf(context, group, permissions);
  const present = rulesOf(context, group, direction);
  const keys = new Set(present.map(ruleKey));
  const asked = new Set<string>();
  for (const spec of specs) {
    const key = ruleKey(spec);
    if (asked.has(key)) {
      refuse('InvalidParameterValue', 'The same permission must not appear multiple times');
    }
    if (keys.has(key)) refuse('InvalidPermission.Duplicate', duplicateText(spec));
    asked.add(key);
  }
  refuseOverQuota(context.intent, context, [...present, ...specs.map(({ peer }) => ({ direction, peer }))]);
  const tags = tagsOnCreate(tagSpecifications, 'security-group-rule');
  const rules = specs.map(
    (spec): SecurityGroupRule => ({
      ...newResource(context, 'securityGroupRule', tags),
      kind: 'securityGroupRule',
      groupId: group.id,
      direction,
      ...spec,
    }),
  );
  const edits: readonly Edit[] = rules.map(put);
  return { edits, output: { Return: true, SecurityGroupRules: rules.map((rule) => viewRule(rule, context)) } };
}
