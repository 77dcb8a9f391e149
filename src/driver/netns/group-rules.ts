/**
 * A group's rules as few nftables rules, however many there are: blocks of one length are elements of a set that is asked with the
 * address masked to that length, with the port beside them where a rule names one. Rules only allow, so their order does not
 * matter, and one more is an element more. What is left is one rule for each length, range of ports and group named.
 * Why not intervals: docs/decisions/group-sets.md.
 */
import { cidrAddress, cidrOf } from '../../net/cidr.ts';
import { joined, ordered } from '../../plan/lists.ts';
import { remember } from '../../plan/memo.ts';
import { rulesOfGroups } from '../../plan/named.ts';
import { compareText } from '../../plan/order.ts';
import type { FilterRule } from '../../plan/plan.ts';
import { type Family, masked, within } from './family.ts';
import { digestName } from './names.ts';
import { type NftSet, set } from './nft.ts';
import { unique } from './render-links.ts';

/** So many rules of one kind are written out: cheaper than a look-up. */
const FEW = 3;
const ICMP = { ip: { number: '1', name: 'icmp' }, ip6: { number: '58', name: 'icmpv6' } } as const;

export interface CompiledRules {
  /** Without their verdict. */
  readonly matches: readonly string[];
  readonly sets: Readonly<Record<string, NftSet>>;
}

/** What becomes of a rule for a block. */
interface Match {
  readonly family: Family;
  readonly prefix: number;
  /** What else is matched; null where the element names the one port. */
  readonly words: string | null;
  /** "BLOCK", or "BLOCK . PROTOCOL . PORT", without the block where it is of all addresses. */
  readonly element: string;
}

/** Neighbours of one length that match the same else. */
interface Piece extends Pick<Match, 'prefix' | 'words'> {
  readonly kind: string;
  readonly elements: readonly string[];
}

/**
 * `name` begins the names of the sets. `ofGroup` gives the matches of a group's members, one a rule; `link` is there where
 * they are beyond one. In the words of table `ip`, see family.ts.
 */
export function compileRules(
  family: Family,
  rules: readonly FilterRule[],
  side: 'saddr' | 'daddr',
  name: string,
  ofGroup: (id: string, link: string | undefined) => readonly string[],
): CompiledRules {
  const matches: string[] = [];
  const sets: Record<string, NftSet> = {};
  const add = (...words: readonly string[]) => matches.push(words.filter(Boolean).join(' '));

  const pieces = matchesIn[family](rules).flatMap(piecesOf);
  for (const alike of Map.groupBy(pieces, ({ kind }) => kind).values()) {
    const { prefix, words } = alike[0] as Piece;
    const elements = joined(alike.map((piece) => piece.elements));
    const at = masked(family, side, prefix);
    if (elements.length <= FEW) {
      for (const element of elements) {
        const parts = element.split(' . ');
        add(within(family, side, parts[0] ?? '', prefix), words ?? portWords(parts.at(-2) ?? '', parts.at(-1) ?? ''));
      }
    } else if (words === null) {
      const set_ = `${name}_${prefix}`;
      sets[set_] = set(prefix === 0 ? 'inet_proto . inet_service' : 'ipv4_addr . inet_proto . inet_service', elements);
      add([at, 'meta l4proto', 'th dport'].filter(Boolean).join(' . '), `@${set_}`);
    } else {
      const set_ = `${name}_${prefix}_${words === '' ? 'all' : digestName([words])}`;
      sets[set_] = set('ipv4_addr', elements);
      add(words, `${at} @${set_}`);
    }
  }
  for (const [id, named] of Map.groupBy(rulesOfGroups(rules), ({ peer }) => peer.filter)) {
    const single = unique(named.flatMap((rule) => singlePort(rule) ?? []));
    const words = unique(named.flatMap((rule) => (singlePort(rule) === null ? protocolWords(family, rule) : [])));
    if (single.length <= FEW) {
      words.push(...single.map((each) => portWords(...(each.split(' . ') as [string, string]))));
    } else {
      const set_ = `${name}_${id}`;
      sets[set_] = set('inet_proto . inet_service', single);
      words.push(`meta l4proto . th dport @${set_}`);
    }
    for (const member of ofGroup(id, named[0]?.peer.link)) for (const each of words) add(member, each);
  }
  return { matches, sets };
}

const matchOf = remember((rule: FilterRule): Match => {
  const block = cidrOf('cidr' in rule.peer ? rule.peer.cidr : '');
  const family: Family = block.version === 6 ? 'ip6' : 'ip';
  const { prefix } = block;
  const port = singlePort(rule);
  const address = cidrAddress(block, 0);
  if (port === null) return { family, prefix, words: protocolWords(family, rule), element: address };
  return { family, prefix, words: null, element: prefix === 0 ? port : `${address} . ${port}` };
});

const matchesOf = (family: Family) =>
  ordered({
    imageOf(rule: FilterRule): Match | undefined {
      if ('filter' in rule.peer) return undefined;
      const match = matchOf(rule);
      return match.family === family ? match : undefined;
    },
    compare,
    // Several rules may say the same: one element.
    areOne: (a, b) => compare(a, b) === 0,
  });
const matchesIn = { ip: matchesOf('ip'), ip6: matchesOf('ip6') };

function compare(a: Match, b: Match): number {
  const byWords = compareText(a.words ?? '', b.words ?? '') || Number(a.words !== null) - Number(b.words !== null);
  return byWords || b.prefix - a.prefix || compareText(a.element, b.element);
}

const piecesOf = remember((matches: readonly Match[]): readonly Piece[] =>
  [...Map.groupBy(matches, ({ prefix, words }) => `${prefix} ${words}`)].map(([kind, alike]) => {
    const { prefix, words } = alike[0] as Match;
    return { kind, prefix, words, elements: unique(alike.map(({ element }) => element)) };
  }),
);

/** "PROTOCOL . PORT" of a rule for one port of TCP or UDP. */
function singlePort({ protocol, ports }: FilterRule): string | null {
  const isSingle = (protocol === '6' || protocol === '17') && ports !== null && ports.from === ports.to;
  return isSingle ? `${protocol} . ${ports.from}` : null;
}

function portWords(protocol: string, port: string): string {
  return `${protocol === '6' ? 'tcp' : 'udp'} dport ${port}`;
}

function protocolWords(family: Family, { protocol, ports }: FilterRule): string {
  if (protocol === 'any') return '';
  if ((protocol === '6' || protocol === '17') && ports !== null) {
    const { from, to } = ports;
    return portWords(protocol, from === to ? String(from) : `${from}-${to}`);
  }
  const words = [`ip protocol ${protocol}`];
  const icmp = ICMP[family];
  if (protocol === icmp.number && ports !== null) {
    if (ports.from !== -1) words.push(`${icmp.name} type ${ports.from}`);
    if (ports.to !== -1) words.push(`${icmp.name} code ${ports.to}`);
  }
  return words.join(' ');
}
