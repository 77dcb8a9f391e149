/**
 * Network ACLs in a domain's packet program, stage 'acl': each packet by itself, where it enters the router (acl_enter) and
 * where it leaves it (acl_leave), before any address is rewritten and after all are. By link for machines, by address for what
 * the router itself holds: endpoint interfaces and load balancers' nodes are in subnets too. An ACL is one look-up for each length of
 * its blocks and at most one by port, see first-match.ts and docs/decisions/acl-blocks.md. Interfaces of transit gateways are in
 * subnets as well: what passes one is judged there by itself, as a link. A direction that allows all has no element
 * anywhere; where every one does, there is no chain.
 */
import { segmentBlocks } from '../../plan/blocks.ts';
import { type Chunks, joined } from '../../plan/lists.ts';
import { remember, rememberWith } from '../../plan/memo.ts';
import type { Acl, AclEntry, Port, Segment } from '../../plan/plan.ts';
import { type Family, familyOf, masked, within } from './family.ts';
import { type AddressBlock, addressBlocks, type Policy, type PortInterval, type Verdict } from './first-match.ts';
import type { NearLink } from './links.ts';
import { digestName, portLink } from './names.ts';
import { base, type Chain, intervals, map, type NftSet, plain, set } from './nft.ts';
import { type Kept, SPREAD_BY } from './spread.ts';

export interface AclParts {
  readonly segments: ReadonlyMap<string, Segment>;
  readonly acls: ReadonlyMap<string, Acl>;
  /** Plugged into a running machine. */
  readonly ports: readonly Port[];
  readonly links: readonly NearLink[];
  /** What the router holds in a segment: addresses that packets to it carry when they enter, and packets of it when they leave. */
  readonly held: readonly { readonly segment: string; readonly addresses: readonly string[] }[];
  /** Whose targets see the client's own address: a load balancer's node stands between all the same. */
  readonly kept: readonly Kept[];
  /** A rule that returns for packets to public addresses which did not come from outside: they are not at whom they look for yet. */
  readonly outsideOnly: readonly string[];
}

export interface Acls {
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
  /** Rules that judge what a rule answers before acl_enter is reached. */
  readonly first: readonly string[];
}

type Direction = 'in' | 'out';
const NOTHING: Acls = { sets: {}, chains: {}, first: [] };
const KEPT_TYPE = 'ipv4_addr . mark';
/** So many blocks of a length and ranges of ports are told one by one; more are a map. */
const FEW = 3;

/** In the words of table `ip`, for parts that hold the addresses of one family. */
export function createAcls(family: Family, parts: AclParts): Acls {
  const { ports, held, kept, outsideOnly } = parts;
  const program = createChains(family, parts);
  const attached = parts.links.flatMap(({ name, near: { segment } }) => (segment === null ? [] : [{ name, segment }]));
  const links = (direction: Direction) =>
    ports.flatMap(({ id, segment }) => program.judge(direction, segment, `"${portLink(id)}"`));
  const holds = (direction: Direction) =>
    held.flatMap(({ segment, addresses }) => addresses.flatMap((each) => program.judge(direction, segment, each)));
  const keeps = (direction: Direction) =>
    kept.flatMap(({ segment, address, mark }) => program.judge(direction, segment, `${address} . ${mark}`));
  const sets: Record<string, NftSet> = {
    acl_out_links: map('ifname : verdict', [
      ...links('out'),
      ...attached.flatMap(({ name, segment }) => program.judge('out', segment, `"${name}"`)),
    ]),
    acl_in_held: map('ipv4_addr : verdict', holds('in')),
    acl_in_kept: map(`${KEPT_TYPE} : verdict`, keeps('in')),
    acl_out_kept: map(`${KEPT_TYPE} : verdict`, keeps('out')),
    acl_out_held: map('ipv4_addr : verdict', holds('out')),
    acl_in_links: map('ifname : verdict', [
      ...links('in'),
      ...attached.flatMap(({ name, segment }) => program.judgeAttachment(segment, `"${name}"`)),
    ]),
  };
  if (Object.values(sets).every(({ elements }) => elements.length === 0)) return NOTHING;
  // From a node to a target in its own subnet: the packet crosses no boundary, though its source is beyond one.
  sets.acl_inside = set(`${KEPT_TYPE} . ifname`, [
    ...new Set(
      kept.flatMap(({ segment, address, mark, targets }) =>
        ports
          .filter((each) => each.segment === segment && each.addresses.some((own) => targets.has(own)))
          .map(({ id }) => `${address} . ${mark} . "${portLink(id)}"`),
      ),
    ),
  ]);
  Object.assign(
    sets,
    straightSets(parts, (segment) => program.judge('in', segment, '').length > 0),
  );
  const asked = (name: string, rule: string) => (sets[name]?.elements.length === 0 ? [] : [rule]);
  const heldStraight = asked('acl_straight_held', 'iifname . ip daddr @acl_straight_held return');
  const enter = [
    ...asked('acl_inside', `ct direction reply ${SPREAD_BY} . iifname @acl_inside return`),
    ...asked('acl_out_links', 'iifname vmap @acl_out_links'),
    ...asked('acl_in_kept', `ct direction reply ${SPREAD_BY} vmap @acl_in_kept`),
    ...(sets.acl_in_held?.elements.length === 0 ? [] : [...outsideOnly, ...heldStraight, 'ip daddr vmap @acl_in_held']),
  ];
  const leave = [
    ...asked('acl_inside', `ct direction original ${SPREAD_BY} . oifname @acl_inside return`),
    ...asked('acl_out_kept', `ct direction original ${SPREAD_BY} vmap @acl_out_kept`),
    ...asked('acl_out_held', 'ip saddr vmap @acl_out_held'),
    // A load balancer that stands between sent it, from its own segment.
    ...asked('acl_straight', 'ct status & dnat == 0 iifname . oifname @acl_straight return'),
    ...asked('acl_in_links', 'oifname vmap @acl_in_links'),
  ];
  return {
    sets: { ...sets, ...program.sets },
    chains: {
      // After the sender's group, as at AWS; before anything that an established connection would be let through by.
      acl_enter: base('filter hook prerouting priority -140; policy accept;', ['jump acl_entry']),
      acl_entry: plain(enter),
      // After the last rewriting, before what judges targets of load balancers.
      acl_leave: base('filter hook postrouting priority 140; policy accept;', leave),
      ...program.chains,
    },
    first: ['jump acl_entry'],
  };
}

/** What comes out of an attachment for its own segment: there no ACL is asked. `isJudged`: whether another packet would be. */
function straightSets({ links, ports, held }: AclParts, isJudged: (segment: string) => boolean) {
  const attached = links.flatMap(({ name, near: { segment } }) =>
    segment !== null && isJudged(segment) ? [{ name, segment }] : [],
  );
  const portsIn = Map.groupBy(attached.length === 0 ? [] : ports, ({ segment }) => segment);
  const heldIn = Map.groupBy(attached.length === 0 ? [] : held, ({ segment }) => segment);
  return {
    acl_straight: set(
      'ifname . ifname',
      attached.flatMap(({ name, segment }) =>
        (portsIn.get(segment) ?? []).map(({ id }) => `"${name}" . "${portLink(id)}"`),
      ),
    ),
    acl_straight_held: set(
      'ifname . ipv4_addr',
      attached.flatMap(({ name, segment }) =>
        (heldIn.get(segment) ?? []).flatMap(({ addresses }) => addresses.map((each) => `"${name}" . ${each}`)),
      ),
    ),
  };
}

function createChains(family: Family, { segments, acls }: AclParts) {
  const chains: Record<string, Chain> = {};
  const sets: Record<string, NftSet> = {};
  const verdicts = { in: new Map<Policy, string>(), out: new Map<Policy, string>() };

  /** KEY : jump CHAIN, where the segment's ACL denies anything in that direction. */
  function judge(direction: Direction, segment: string, key: string): readonly string[] {
    const at = segments.get(segment);
    const acl = at && acls.get(at.acl);
    if (at === undefined || acl === undefined) return [];
    const found = blocksFrom[family](direction === 'in' ? acl.ingress : acl.egress);
    if (allowsAll(found)) return [];
    const name = `acl_${direction}_${segment}`;
    chains[name] ??= plain([
      ...segmentBlocks(at)
        .filter((cidr) => familyOf(cidr) === family)
        .map((cidr) => `ip ${side(direction)} ${cidr} return`),
      // DNS and instance metadata; discovery of neighbours.
      'ct state untracked return',
      `goto ${aclChain(direction, acl.id, found)}`,
    ]);
    return [`${key} : jump ${name}`];
  }

  /** The same of what goes in through an attachment's interface, whose sender may be of the segment itself. */
  function judgeAttachment(segment: string, key: string): readonly string[] {
    const isJudged = judge('in', segment, key).length > 0;
    return isJudged ? [`${key} : jump acl_in_${segments.get(segment)?.acl}`] : [];
  }

  function aclChain(direction: Direction, id: string, found: Chunks<AddressBlock>): string {
    const name = `acl_${direction}_${id}`;
    if (chains[name] !== undefined) return name;
    const at = side(direction);
    const rules: string[] = [];
    for (const [length, pieces] of Map.groupBy(found, ([first]) => first?.prefix ?? 0)) {
      const blocks = pieces.slice(0, FEW + 1).flat();
      if (length === 0) rules.push(...blocks.flatMap(({ policy }) => policyRules(direction, policy)));
      else if (blocks.length <= FEW) {
        rules.push(
          ...blocks.map((each) => `${within(family, at, each.address, length)} ${verdictOf(direction, each.policy)}`),
        );
      } else {
        const verdictsIn = (piece: readonly AddressBlock[]) =>
          policiesIn(piece)
            .map((policy) => verdictOf(direction, policy))
            .join('\n');
        const name_ = `${name}_${length}`;
        sets[name_] = map('ipv4_addr : verdict', joined(pieces.map((piece) => elementsOf(piece, verdictsIn(piece)))));
        rules.push(`${masked(family, at, length)} vmap @${name_}`);
      }
    }
    chains[name] = plain(rules);
    return name;
  }

  function verdictOf(direction: Direction, policy: Policy): string {
    const known = verdicts[direction].get(policy) ?? makeVerdict(direction, policy);
    verdicts[direction].set(policy, known);
    return known;
  }

  function makeVerdict(direction: Direction, policy: Policy): string {
    if (isVerdict(policy, 'allow')) return 'return';
    if (isVerdict(policy, 'deny')) return `goto ${denied(direction)}`;
    const rules = policyRules(direction, policy);
    const name = `acl_${direction}_${digestName(rules)}`;
    chains[name] ??= plain(rules);
    return `goto ${name}`;
  }

  function policyRules(direction: Direction, { rest, ports, icmp, others }: Policy): readonly string[] {
    const ends = (verdict: Verdict) => (verdict === 'allow' ? 'return' : `counter name "acl_${direction}" drop`);
    return [
      ...ports.flatMap(({ protocol, intervals: own }) => {
        const words = protocol === '6' ? 'tcp dport' : 'udp dport';
        if (own.length <= FEW) return own.map(({ from, to, action }) => `${words} ${span(from, to)} ${ends(action)}`);
        return [`${words} vmap @${portMap(direction, own)}`];
      }),
      ...icmp.map(({ type, code, action }) =>
        [
          family === 'ip' ? 'ip protocol 1' : 'meta l4proto 58',
          ...(type === -1 ? [] : [`${ICMP[family]} type ${type}`]),
          ...(code === -1 ? [] : [`${ICMP[family]} code ${code}`]),
          ends(action),
        ].join(' '),
      ),
      ...others.map(({ protocol, action }) => `ip protocol ${protocol} ${ends(action)}`),
      ends(rest),
    ];
  }

  /** Ports that are in none of the intervals go on to the next rule. */
  function portMap(direction: Direction, own: readonly PortInterval[]): string {
    const elements = own.map(
      ({ from, to, action }) => `${span(from, to)} : ${action === 'allow' ? 'return' : `goto ${denied(direction)}`}`,
    );
    const name = `acl_${direction}_ports_${digestName(elements)}`;
    sets[name] ??= intervals('inet_service : verdict', elements);
    return name;
  }

  function denied(direction: Direction): string {
    const name = `acl_${direction}_denied`;
    chains[name] ??= plain([`counter name "acl_${direction}" drop`]);
    return name;
  }

  return { chains, sets, judge, judgeAttachment };
}

const ICMP = { ip: 'icmp', ip6: 'icmpv6' } as const;

const blocksFrom = {
  ip: remember((entries: readonly AclEntry[]) => addressBlocks('ip', entries)),
  ip6: remember((entries: readonly AclEntry[]) => addressBlocks('ip6', entries)),
};

const allowsAll = remember((found: Chunks<AddressBlock>) =>
  found.flatMap(policiesIn).every((policy) => isVerdict(policy, 'allow')),
);

const policiesIn = remember((blocks: readonly AddressBlock[]) => [...new Set(blocks.map(({ policy }) => policy))]);

/** `verdicts`: of each of `policiesIn`. */
const elementsOf = rememberWith((blocks: readonly AddressBlock[], verdicts: string): readonly string[] => {
  const lines = verdicts.split('\n');
  const verdictOf = new Map(policiesIn(blocks).map((policy, at) => [policy, lines[at]]));
  return blocks.map(({ address, policy }) => `${address} : ${verdictOf.get(policy)}`);
});

/** Whether nothing but one verdict comes of it. */
function isVerdict({ rest, ports, icmp, others }: Policy, verdict: Verdict): boolean {
  const none = ports.length === 0 && others.length === 0 && icmp.every(({ action }) => action === rest);
  return none && rest === verdict;
}

/** The other side's address: what comes in is matched by its source. */
function side(direction: Direction): 'saddr' | 'daddr' {
  return direction === 'in' ? 'saddr' : 'daddr';
}

function span(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`;
}
