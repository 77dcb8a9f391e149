/** Rules keep their ids and say something else. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html */
import type { SecurityGroupRuleRequest } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { GroupRulePeer, SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { ruleInGroup } from './find-rule.ts';
import { refuseOverQuota } from './room.ts';
import { cidrPeer, descriptionOf, duplicateText, groupPeer, prefixListPeer, ruleKey, trafficOf } from './rule-spec.ts';

export const modifySecurityGroupRules = ec2Action<'ModifySecurityGroupRules'>(
  {
    GroupId: true,
    SecurityGroupRules: {
      SecurityGroupRuleId: true,
      SecurityGroupRule: {
        IpProtocol: true,
        FromPort: true,
        ToPort: true,
        CidrIpv4: true,
        CidrIpv6: true,
        PrefixListId: true,
        ReferencedGroupId: true,
        Description: true,
      },
    },
  },
  (input, context) => {
    const group = find(context, 'securityGroup', input.GroupId);
    const changed = new Map<string, SecurityGroupRule>();
    for (const update of input.SecurityGroupRules) {
      const rule = ruleInGroup(context, group, undefined, required(update.SecurityGroupRuleId, 'SecurityGroupRuleId'));
      if (changed.has(rule.id)) {
        refuse('InvalidParameterValue', `The security group rule ID '${rule.id}' must not appear multiple times`);
      }
      const request = required(update.SecurityGroupRule, 'SecurityGroupRule');
      changed.set(rule.id, {
        ...rule,
        ...trafficOf(request.IpProtocol, request.FromPort, request.ToPort),
        peer: peerOf(context, group, request),
        description: descriptionOf(request.Description),
      });
    }
    const after = context.intent
      .table('securityGroupRule')
      .by('groupId', group.id)
      .map((rule) => changed.get(rule.id) ?? rule);
    const keys = new Set<string>();
    for (const rule of after) {
      const key = `${rule.direction} ${ruleKey(rule)}`;
      if (keys.has(key)) refuse('InvalidPermission.Duplicate', duplicateText(rule));
      keys.add(key);
    }
    refuseOverQuota(context.intent, context, after);
    return { edits: [...changed.values()].map(put), output: { Return: true } };
  },
);

function peerOf(context: Context, group: SecurityGroup, request: SecurityGroupRuleRequest): GroupRulePeer {
  const { CidrIpv4: cidr, CidrIpv6: cidr6, PrefixListId: list, ReferencedGroupId: peer } = request;
  if ([cidr, cidr6, list, peer].filter((each) => each !== undefined).length !== 1) {
    refuse(
      'InvalidParameterCombination',
      'Exactly one of cidrIpv4, cidrIpv6, prefixListId or referencedGroupId must be specified for each rule.',
    );
  }
  if (cidr !== undefined) return cidrPeer(cidr, 4);
  if (list !== undefined) return prefixListPeer(context, list);
  return cidr6 !== undefined ? cidrPeer(cidr6, 6) : groupPeer(context, group, { GroupId: peer });
}
