/** Groups and their rules as the SDK shows them: rules one by one, and gathered into permissions. */
import type { IpPermission, SecurityGroup as Shown, SecurityGroupRule as ShownRule } from '@aws-sdk/client-ec2';
import type { GroupRulePeer, SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import { isIpv6 } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { ec2Arn } from '../../shared/resource.ts';
import { viewTags } from '../../shared/tags.ts';
import { viewGroupPeer } from './peered.ts';
import type { RuleSpec } from './rule-spec.ts';

export function viewGroup(group: SecurityGroup, context: Context): Shown {
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    OwnerId: group.account,
    VpcId: group.vpcId,
    SecurityGroupArn: groupArn(group),
    IpPermissions: viewPermissions(rulesOf(context, group, 'ingress'), context),
    IpPermissionsEgress: viewPermissions(rulesOf(context, group, 'egress'), context),
    Tags: viewTags(group.tags),
  };
}

export function rulesOf(
  context: Context,
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'],
): readonly SecurityGroupRule[] {
  return context.intent
    .table('securityGroupRule')
    .by('groupId', group.id)
    .filter((rule) => rule.direction === direction);
}

export function groupArn(group: SecurityGroup): string {
  return ec2Arn(group, 'security-group');
}

/** One permission for all rules with the same protocol and ports. */
export function viewPermissions(rules: readonly RuleSpec[], context: Context): IpPermission[] {
  const byTraffic = new Map<string, IpPermission>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.fromPort} ${rule.toPort}`;
    const permission = byTraffic.get(key) ?? {
      IpProtocol: rule.protocol,
      ...(hasPorts(rule.protocol) && { FromPort: rule.fromPort, ToPort: rule.toPort }),
      IpRanges: [],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    };
    byTraffic.set(key, permission);
    const comment = rule.description === null ? {} : { Description: rule.description };
    const { peer } = rule;
    if (peer.kind === 'cidr' && isIpv6(peer.cidr)) permission.Ipv6Ranges?.push({ CidrIpv6: peer.cidr, ...comment });
    else if (peer.kind === 'cidr') permission.IpRanges?.push({ CidrIp: peer.cidr, ...comment });
    else if (peer.kind === 'prefixList')
      permission.PrefixListIds?.push({ PrefixListId: peer.prefixListId, ...comment });
    else permission.UserIdGroupPairs?.push({ ...viewGroupPeer(peer, context), ...comment });
  }
  return [...byTraffic.values()];
}

export function viewRule(rule: SecurityGroupRule, context: Context): ShownRule {
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: ec2Arn(rule, 'security-group-rule'),
    GroupId: rule.groupId,
    GroupOwnerId: rule.account,
    IsEgress: rule.direction === 'egress',
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    ...viewPeer(rule.peer, context),
    ...(rule.description !== null && { Description: rule.description }),
    Tags: viewTags(rule.tags),
  };
}

function viewPeer(peer: GroupRulePeer, context: Context) {
  if (peer.kind === 'cidr') return viewCidr(peer.cidr);
  if (peer.kind === 'prefixList') return { PrefixListId: peer.prefixListId };
  return { ReferencedGroupInfo: viewGroupPeer(peer, context) };
}

export function viewCidr(cidr: string): { readonly CidrIpv4: string } | { readonly CidrIpv6: string } {
  return isIpv6(cidr) ? { CidrIpv6: cidr } : { CidrIpv4: cidr };
}

function hasPorts(protocol: string): boolean {
  return !/^-?\d+$/.test(protocol);
}
