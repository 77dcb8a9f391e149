/**
 * Taking rules away, in and out alike, by their ids or by what they say. What is not there is refused; in the default
 * VPC it is told back instead, as AWS does.
 */
import type { IpPermission, RevokedSecurityGroupRule } from '@aws-sdk/client-ec2';
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { GroupRulePeer, SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import type { Context, Decision } from '../../action.ts';
import { distinct } from '../../shared/input.ts';
import { ruleInGroup } from './find-rule.ts';
import { requiredPermissions } from './permissions.ts';
import { PERMISSION_READS, presentPeer, type RuleSpec, ruleKey, specsOf } from './rule-spec.ts';
import { rulesOf, viewCidr, viewPermissions } from './view.ts';

/** What these calls read of an IpPermission: more than the ones that make rules. */
export const REVOKED_READS = { ...PERMISSION_READS, PrefixListIds: true } as const;

export interface Revoked {
  Return: boolean;
  UnknownIpPermissions: IpPermission[];
  RevokedSecurityGroupRules: RevokedSecurityGroupRule[];
}

export function revoke(
  context: Context,
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'],
  permissions: readonly IpPermission[] | undefined,
  ids: readonly string[] | undefined,
): Decision<Revoked> {
  if (ids !== undefined && ids.length > 0) {
    if (permissions !== undefined && permissions.length > 0) {
      refuse(
        'InvalidParameterCombination',
        'The parameter securityGroupRuleIds may not be used in combination with ipPermissions',
      );
    }
    return revoked(
      distinct(ids).map((id) => ruleInGroup(context, group, direction, id)),
      [],
    );
  }
  const asked = requiredPermissions(permissions);
  const specs = specsOf(context, group, asked, presentPeer);
  const present = new Map(rulesOf(context, group, direction).map((rule) => [ruleKey(rule), rule]));
  const found = new Set<SecurityGroupRule>();
  const unknown: RuleSpec[] = [];
  for (const spec of specs) {
    const rule = present.get(ruleKey(spec));
    if (rule === undefined) unknown.push(spec);
    else found.add(rule);
  }
  if (unknown.length > 0 && context.intent.table('vpc').get(group.vpcId)?.isDefault !== true) {
    refuse('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
  }
  return revoked([...found], viewPermissions(unknown, context));
}

function revoked(rules: readonly SecurityGroupRule[], unknown: readonly IpPermission[]): Decision<Revoked> {
  return {
    edits: rules.map(remove),
    output: {
      Return: true,
      UnknownIpPermissions: [...unknown],
      RevokedSecurityGroupRules: rules.map((rule) => ({
        SecurityGroupRuleId: rule.id,
        GroupId: rule.groupId,
        IsEgress: rule.direction === 'egress',
        IpProtocol: rule.protocol,
        FromPort: rule.fromPort,
        ToPort: rule.toPort,
        ...viewRevokedPeer(rule.peer),
        ...(rule.description !== null && { Description: rule.description }),
      })),
    },
  };
}

function viewRevokedPeer(peer: GroupRulePeer) {
  if (peer.kind === 'cidr') return viewCidr(peer.cidr);
  return peer.kind === 'prefixList' ? { PrefixListId: peer.prefixListId } : { ReferencedGroupId: peer.groupId };
}
