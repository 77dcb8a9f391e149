/**
 * A group's quota of rules: for each direction and each family. A customer's prefix list counts as its greatest size, a group or one of AWS's
 * lists as a rule of both families. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
 */
import type { Intent } from '../../../model/intent.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PrefixList, SecurityGroupRule } from '../../../model/resources.ts';
import { isIpv6 } from '../../../net/ip.ts';

type Owner = Pick<SecurityGroupRule, 'account' | 'region'>;
type Counted = Pick<SecurityGroupRule, 'direction' | 'peer'>;

export function refuseOverQuota(intent: Intent, owner: Owner, rules: readonly Counted[]): void {
  if (!fits(intent, owner, rules)) {
    refuse('RulesPerSecurityGroupLimitExceeded', 'The maximum number of rules per security group has been reached.');
  }
}

export function fitsRules(intent: Intent, owner: Owner, groupId: string): boolean {
  return fits(intent, owner, intent.table('securityGroupRule').by('groupId', groupId));
}

function fits(intent: Intent, owner: Owner, rules: readonly Counted[]): boolean {
  const most = quotaOf(intent, 'rulesPerGroup', owner);
  const counts = new Map<string, number>();
  for (const { direction, peer } of rules) {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const key = `${direction} ${family}`;
      counts.set(key, (counts.get(key) ?? 0) + weightOf(intent, peer, family));
    }
  }
  return [...counts.values()].every((count) => count <= most);
}

function weightOf(intent: Intent, peer: Counted['peer'], family: PrefixList['addressFamily']): number {
  if (peer.kind === 'cidr') return isIpv6(peer.cidr) === (family === 'IPv6') ? 1 : 0;
  if (peer.kind === 'group') return 1;
  const list = intent.table('prefixList').get(peer.prefixListId);
  if (list === undefined) return 1;
  return list.addressFamily === family ? list.maxEntries : 0;
}
