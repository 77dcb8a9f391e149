/**
 * A group's quota of rules: for each direction and each family. A customer's prefix list counts as its greatest size, a group or one of AWS's
 * lists as a rule of both families. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
 */
import type { Intent } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PrefixList, SecurityGroupRule } from '../../../model/resources.ts';
import { isIpv6 } from '../../../net/ip.ts';
import { MAX_RULES_PER_GROUP } from '../limits.ts';

type Counted = Pick<SecurityGroupRule, 'direction' | 'peer'>;

export function refuseOverQuota(intent: Intent, rules: readonly Counted[]): void {
  if (!fits(intent, rules)) {
    refuse('RulesPerSecurityGroupLimitExceeded', 'The maximum number of rules per security group has been reached.');
  }
}

export function fitsRules(intent: Intent, groupId: string): boolean {
  return fits(intent, intent.table('securityGroupRule').by('groupId', groupId));
}

function fits(intent: Intent, rules: readonly Counted[]): boolean {
  const counts = new Map<string, number>();
  for (const { direction, peer } of rules) {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const key = `${direction} ${family}`;
      counts.set(key, (counts.get(key) ?? 0) + weightOf(intent, peer, family));
    }
  }
  return [...counts.values()].every((count) => count <= MAX_RULES_PER_GROUP);
}

function weightOf(intent: Intent, peer: Counted['peer'], family: PrefixList['addressFamily']): number {
  if (peer.kind === 'cidr') return isIpv6(peer.cidr) === (family === 'IPv6') ? 1 : 0;
  if (peer.kind === 'group') return 1;
  const list = intent.table('prefixList').get(peer.prefixListId);
  if (list === undefined) return 1;
  return list.addressFamily === family ? list.maxEntries : 0;
}
