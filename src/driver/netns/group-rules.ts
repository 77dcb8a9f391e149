/**
 * A group's rules as few nftables rules, however many there are: blocks of one length are elements of a set that is asked with the
 * address masked to that length, with the port beside them where a rule names one. Rules only allow, so their order does not
 * matter, and one more is an element more. What is left is one rule for each length, range of ports and group named.
 * Why not intervals: docs/decisions/group-sets.md.
 */
import { cidrAddress, cidrOf } from '../../net/cidr.ts';
import { remember } from '../../plan/memo.ts';
import type { FilterRule } from '../../plan/plan.ts';
import { type Family, masked, within } from './family.ts';
import { digestName } from './names.ts';
import { type NftSet, set } from './nft.ts';

/** So many rules of one kind are written out: cheaper than a look-up. */
const FEW = 3;
const ICMP = { ip: { number: '1', name: 'icmp' }, ip6: { number: '58', name: 'icmpv6' } } as const;

export interface CompiledRules {
  /** Without their verdict. */
  readonly matches: readonly string[];
  readonly sets: Readonly<Record<string, NftSet>>;
}

interface Sorted {
  /** By length: "BLOCK . PROTOCOL . PORT". */
  readonly single: Map<number, Set<string>>;
  /** By what else is matched, then length: blocks. */
  readonly other: Map<string, Map<number, Set<string>>>;
  /** By group: "PROTOCOL . PORT", and what else is matched. */
  readonly groups: Map<
    string,
    { readonly link: string | undefined; readonly single: Set<string>; readonly other: Set<string> }
  >;
}

/**
 * `name` begins the names of the sets. `ofGroup` gives the matches of a group's members, one a rule; `link` is there where
 * they are beyond one. In the words of table `ip`,
 * see family.ts.
 */
export function compileRules(
  family: Family,
  rules: readonly FilterRule[],
  side: 'saddr' | 'daddr',
  name: string,
  ofGroup: (id: string, link: string | undefined) => readonly string[],
): CompiledRules {
  const { single, other, groups } = sortRules(family, rules);
  const matches: string[] = [];
  const sets: Record<string, NftSet> = {};
  const joined = (...words: readonly string[]) => matches.push(words.filter(Boolean).join(' '));

  for (const [length, elements] of single) {
    const at = masked(family, side, length);
    if (elements.size <= FEW) {
      for (const element of elements) {
        const [block = '', protocol = '', port = ''] = element.split(' . ');
        joined(within(family, side, block, length), portWords(protocol, port));
      }
      continue;
    }
    const set_ = `${name}_${length}`;
    const keys = length === 0 ? [...elements].map((each) => each.slice(each.indexOf(' . ') + 3)) : [...elements];
    sets[set_] = set(length === 0 ? 'inet_proto . inet_service' : 'ipv4_addr . inet_proto . inet_service', keys);
    joined([at, 'meta l4proto', 'th dport'].filter(Boolean).join(' . '), `@${set_}`);
  }
  for (const [words, lengths] of other) {
    for (const [length, blocks] of lengths) {
      if (length === 0 || blocks.size <= FEW) {
        for (const block of blocks) joined(within(family, side, block, length), words);
        continue;
      }
      const set_ = `${name}_${length}_${words === '' ? 'all' : digestName([words])}`;
      sets[set_] = set('ipv4_addr', [...blocks]);
      joined(words, `${masked(family, side, length)} @${set_}`);
    }
  }
  for (const [id, own] of groups) {
    const words = [...own.other];
    if (own.single.size <= FEW) {
      words.push(...[...own.single].map((each) => portWords(...(each.split(' . ') as [string, string]))));
    } else {
      const set_ = `${name}_${id}`;
      sets[set_] = set('inet_proto . inet_service', [...own.single]);
      words.push(`meta l4proto . th dport @${set_}`);
    }
    for (const member of ofGroup(id, own.link)) for (const each of words) joined(member, each);
  }
  return { matches, sets };
}

function sortRules(family: Family, rules: readonly FilterRule[]): Sorted {
  const sorted: Sorted = { single: new Map(), other: new Map(), groups: new Map() };
  for (const rule of rules) {
    if ('filter' in rule.peer) {
      const { filter, link } = rule.peer;
      const own = entry(sorted.groups, filter, () => ({
        link,
        single: new Set<string>(),
        other: new Set<string>(),
      }));
      const port = singlePort(rule);
      if (port === null) own.other.add(protocolWords(family, rule));
      else own.single.add(port);
      continue;
    }
    const match = blockMatchOf(rule);
    if (match.family !== family) continue;
    const lengths = match.words === null ? sorted.single : entry(sorted.other, match.words, newLengths);
    entry(lengths, match.prefix, newElements).add(match.element);
  }
  return sorted;
}

const newElements = () => new Set<string>();
const newLengths = () => new Map<number, Set<string>>();

/** What becomes of a rule for a block: it is read once, and its element is the same text in every program. */
const blockMatchOf = remember((rule: FilterRule) => {
  const block = cidrOf('cidr' in rule.peer ? rule.peer.cidr : '');
  const family: Family = block.version === 6 ? 'ip6' : 'ip';
  const port = singlePort(rule);
  const address = cidrAddress(block, 0);
  return {
    family,
    prefix: block.prefix,
    /** What else is matched; null where the element names the one port. */
    words: port === null ? protocolWords(family, rule) : null,
    element: port === null ? address : `${address} . ${port}`,
  };
});

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

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
