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
import { joined, ordered } from '../lists.ts';
import { remember, rememberWith } from '../memo.ts';
import { compareText, sortAddresses, sortById } from '../order.ts';
import type { Filter, FilterRule } from '../plan.ts';

const PROTOCOLS: Readonly<Record<string, string>> = { tcp: '6', udp: '17', icmp: '1', icmpv6: '58', '-1': 'any' };
const WITH_PORTS = new Set(['6', '17']);
const WITH_TYPES = new Set(['1', '58']);

export function compileFilters(intent: Intent): readonly Filter[] {
  return sortById(
    [...intent.table('securityGroup').all()].map((group): Filter => {
      const chunks = sorted(intent.table('securityGroupRule').by('groupId', group.id)).map((rules) =>
        rulesIn(
          rules,
          namingIn(rules)
            .map((rule) => meaningOf(intent, group, rule))
            .join('\n'),
        ),
      );
      return {
        id: group.id,
        origin: [group.id, group.vpcId],
        domain: group.vpcId,
        ingress: joined(chunks.map(({ ingress }) => ingress)),
        egress: joined(chunks.map(({ egress }) => egress)),
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

const sorted = ordered({
  imageOf: (rule: SecurityGroupRule) => rule,
  compare: (a, b) => compareText(a.id, b.id),
});

/** Rules whose peer is something that has a name: what it means is not theirs to say. */
const namingIn = remember((rules: readonly SecurityGroupRule[]) => rules.filter(({ peer }) => peer.kind !== 'cidr'));

/** `meanings`: of each of `namingIn`, a line each. */
const rulesIn = rememberWith((rules: readonly SecurityGroupRule[], meanings: string) => {
  const lines = meanings.split('\n');
  const found: Record<SecurityGroupRule['direction'], FilterRule[]> = { ingress: [], egress: [] };
  for (const rule of rules) {
    found[rule.direction].push(...(rule.peer.kind === 'cidr' ? ofBlock(rule) : ofMeaning(rule, lines.shift() ?? '')));
  }
  return found;
});

const ofBlock = remember((rule: SecurityGroupRule): readonly FilterRule[] =>
  rule.peer.kind === 'cidr' ? [{ id: rule.id, ...protocolOf(rule), peer: { cidr: rule.peer.cidr } }] : [],
);

type Meaning = readonly Pick<FilterRule, 'id' | 'peer'>[];

const ofMeaning = rememberWith((rule: SecurityGroupRule, meaning: string): readonly FilterRule[] =>
  (JSON.parse(meaning) as Meaning).map(({ id, peer }) => ({ id, ...protocolOf(rule), peer })),
);

function meaningOf(intent: Intent, group: SecurityGroup, rule: SecurityGroupRule): string {
  const version = rule.peer.kind === 'prefixList' ? currentVersion(intent, rule.peer.prefixListId) : undefined;
  if (version !== undefined) return meaningOfList(rule, version);
  const peer = peerOf(intent, group, rule);
  return JSON.stringify((peer === undefined ? [] : [{ id: rule.id, peer }]) satisfies Meaning);
}

/** One for each entry; their ids begin with the rule's. */
const meaningOfList = rememberWith((rule: SecurityGroupRule, { entries }: PrefixListVersion): string =>
  JSON.stringify(sortById(entries.map(({ cidr }) => ({ id: `${rule.id} ${cidr}`, peer: { cidr } }))) satisfies Meaning),
);

function peerOf(intent: Intent, group: SecurityGroup, { peer }: SecurityGroupRule): FilterRule['peer'] | undefined {
  if (peer.kind === 'cidr') return undefined;
  if (peer.kind === 'prefixList') {
    // AWS's lists are one block each here.
    const [cidr] = awsPrefixList(peer.prefixListId, group.region)?.cidrs ?? [];
    return cidr === undefined ? undefined : { cidr };
  }
  const named = intent.table('securityGroup').get(peer.groupId);
  if (named === undefined) return undefined;
  if (peer.peered === undefined) return named.vpcId === group.vpcId ? { filter: named.id } : undefined;
  const peering = intent.table('vpcPeering').get(peer.peered.peeringId);
  return peering !== undefined && isInForce(peering) ? { filter: named.id, link: peering.id } : undefined;
}

function protocolOf(rule: SecurityGroupRule): Pick<FilterRule, 'protocol' | 'ports'> {
  const protocol = PROTOCOLS[rule.protocol] ?? rule.protocol;
  const all = rule.fromPort === -1 && (rule.toPort === -1 || WITH_TYPES.has(protocol));
  if (all || !(WITH_PORTS.has(protocol) || WITH_TYPES.has(protocol))) return { protocol, ports: null };
  return { protocol, ports: { from: rule.fromPort, to: rule.toPort } };
}
