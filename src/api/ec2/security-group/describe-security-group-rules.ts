/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html */
import type { SecurityGroupRule } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { viewRule } from './view.ts';

const FIELDS: FilterFields<SecurityGroupRule> = {
  'group-id': (rule) => rule.groupId,
  'security-group-rule-id': (rule) => rule.id,
};

export const describeSecurityGroupRules = ec2Action<'DescribeSecurityGroupRules'>(
  { SecurityGroupRuleIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const rules = select(context, 'securityGroupRule', input.SecurityGroupRuleIds);
    const found = filterResources(rules, input.Filters, FIELDS);
    const { items, next } = page(found, input, (rule) => rule.id);
    return reply({ SecurityGroupRules: items.map((rule) => viewRule(rule, context)), NextToken: next });
  },
);
