/**
 * Security groups become filters. `members` is what a rule naming the group matches: all addresses of the interfaces in it.
 * A rule that names a group that is gone, or one beyond a peering connection that is, is stale: it matches nothing and is
 * left out.
 * https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
import { awsPrefixList } from '../../model/aws-prefix-lists.ts';
import type { Intent } from '../../model/intent.ts';
import { isInForce } from '../../model/peerings.ts';
import { currentVersion } from '../../model/prefix-lists.ts';
import type { PrefixListVersion, SecurityGroup, SecurityGroupRule } from '../../model/resources.ts';
import { remember, rememberWith } from '../memo.ts';
import { sortAddresses, sortById } from '../order.ts';
import type { Filter, FilterRule } from '../plan.ts';

const PROTOCOLS: Readonly<Record<string, string>> = { tcp: '6', udp: '17', icmp: '1', icmpv6: '58', '-1': 'any' };
const WITH_PORTS = new Set(['6', '17']);
const WITH_TYPES = new Set(['1', '58']);

export function compileFilters(intent: Intent): readonly Filter[] {
  return sortById(
    [...intent.table('securityGroup').all()].map((group): Filter => {
      const rules = intent.table('securityGroupRule').by('groupId', group.id);
      return {
        id: group.id,
        origin: [group.id, group.vpcId],
        domain: group.vpcId,
        ingress: rulesOf(intent, group, rules, 'ingress'),
        egress: rulesOf(intent, group, rules, 'egress'),
        members: membersOf(intent, group),
      };
    }),
  );
}

function membersOf(intent: Intent, group: SecurityGroup): readonly string[] {
  return sortAddresses(
    intent
      .table('networkInterface')
      .by('groupIds', group.id)
      .flatMap((eni) => [...eni.addresses, ...eni.ipv6Addresses]),
  );
}

function rulesOf(
  intent: Intent,
  group: SecurityGroup,
  rules: readonly SecurityGroupRule[],
  direction: SecurityGroupRule['direction'],
): readonly FilterRule[] {
  const found: FilterRule[] = [];
  for (const rule of rules) {
    if (rule.direction !== direction) continue;
    if (rule.peer.kind === 'prefixList') {
      const version = currentVersion(intent, rule.peer.prefixListId);
      if (version !== undefined) {
        found.push(...ofList(rule, version));
        continue;
      }
    }
    const peer = rule.peer.kind === 'cidr' ? undefined : peerOf(intent, group, rule);
    const whole = peer === undefined ? ofBlock(rule) : { id: rule.id, ...protocolOf(rule), peer };
    if (whole !== undefined) found.push(whole);
  }
  return sortById(found);
}

const ofBlock = remember((rule: SecurityGroupRule): FilterRule | undefined =>
  rule.peer.kind === 'cidr' ? { id: rule.id, ...protocolOf(rule), peer: { cidr: rule.peer.cidr } } : undefined,
);

/** One for each entry; their ids begin with the rule's. */
const ofList = rememberWith((rule: SecurityGroupRule, { entries }: PrefixListVersion): readonly FilterRule[] =>
  entries.map(({ cidr }) => ({ id: `${rule.id} ${cidr}`, ...protocolOf(rule), peer: { cidr } })),
);

function peerOf(intent: Intent, group: SecurityGroup, rule: SecurityGroupRule): FilterRule['peer'] | undefined {
  if (rule.peer.kind === 'cidr') return undefined;
  if (rule.peer.kind === 'prefixList') {
    // AWS's lists are one block each here.
    const [cidr] = awsPrefixList(rule.peer.prefixListId, group.region)?.cidrs ?? [];
    return cidr === undefined ? undefined : { cidr };
  }
  const named = intent.table('securityGroup').get(rule.peer.groupId);
  if (named === undefined) return undefined;
  if (rule.peer.peered === undefined) return named.vpcId === group.vpcId ? { filter: named.id } : undefined;
  const peering = intent.table('vpcPeering').get(rule.peer.peered.peeringId);
  return peering !== undefined && isInForce(peering) ? { filter: named.id, link: peering.id } : undefined;
}

function protocolOf(rule: SecurityGroupRule): Pick<FilterRule, 'protocol' | 'ports'> {
  const protocol = PROTOCOLS[rule.protocol] ?? rule.protocol;
  const all = rule.fromPort === -1 && (rule.toPort === -1 || WITH_TYPES.has(protocol));
  if (all || !(WITH_PORTS.has(protocol) || WITH_TYPES.has(protocol))) return { protocol, ports: null };
  return { protocol, ports: { from: rule.fromPort, to: rule.toPort } };
}
