/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html */
import type { SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import { isIpv6 } from '../../../net/ip.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { find, own } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { groupNamed } from './find-group.ts';
import { rulesOf, viewGroup } from './view.ts';

export const describeSecurityGroups = ec2Action<'DescribeSecurityGroups'>(
  { GroupIds: true, GroupNames: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const named = [
      ...(input.GroupIds ?? []).map((id) => find(context, 'securityGroup', id)),
      ...(input.GroupNames ?? []).map((name) => groupNamed(context, name)),
    ];
    const groups = named.length > 0 ? distinct(named) : own(context, 'securityGroup');
    const found = filterResources(groups, input.Filters, fields(context));
    const { items, next } = page(found, input, (group) => group.id);
    return reply({ SecurityGroups: items.map((group) => viewGroup(group, context)), NextToken: next });
  },
);

type RuleField = (rule: SecurityGroupRule) => string | number | undefined;

function fields(context: Context): FilterFields<SecurityGroup> {
  const each: Readonly<Record<string, RuleField>> = {
    cidr: (rule) => (rule.peer.kind === 'cidr' && !isIpv6(rule.peer.cidr) ? rule.peer.cidr : undefined),
    'from-port': (rule) => rule.fromPort,
    'group-id': (rule) => (rule.peer.kind === 'group' ? rule.peer.groupId : undefined),
    'group-name': (rule) =>
      rule.peer.kind === 'group' ? context.intent.table('securityGroup').get(rule.peer.groupId)?.name : undefined,
    'ipv6-cidr': (rule) => (rule.peer.kind === 'cidr' && isIpv6(rule.peer.cidr) ? rule.peer.cidr : undefined),
    'prefix-list-id': (rule) => (rule.peer.kind === 'prefixList' ? rule.peer.prefixListId : undefined),
    protocol: (rule) => rule.protocol,
    'to-port': (rule) => rule.toPort,
    'user-id': (rule) => (rule.peer.kind === 'group' ? rule.peer.account : undefined),
  };
  const ofRules = (prefix: string, direction: SecurityGroupRule['direction']): FilterFields<SecurityGroup> =>
    Object.fromEntries(
      Object.entries(each).map(([name, read]) => [
        `${prefix}ip-permission.${name}`,
        (group: SecurityGroup) => rulesOf(context, group, direction).map(read),
      ]),
    );
  return {
    description: (group) => group.description,
    'group-id': (group) => group.id,
    'group-name': (group) => group.name,
    'owner-id': (group) => group.account,
    'vpc-id': (group) => group.vpcId,
    ...ofRules('', 'ingress'),
    ...ofRules('egress.', 'egress'),
  };
}
