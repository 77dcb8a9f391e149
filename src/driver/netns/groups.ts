/**
 * Security groups as chains. One chain a filter and direction, one for each distinct set of filters that a port has (shared
 * by all ports that have it), one set of member addresses for each filter that a rule names. The sender's gate and the
 * receiver's are different base chains, so `accept` in one never skips the other.
 */
import type { Filter, FilterRule } from '../../plan/plan.ts';
import { filterSetName } from './names.ts';
import type { Chain, NftSet } from './nft.ts';

export type Direction = 'in' | 'out';

export interface Groups {
  readonly chains: Record<string, Chain>;
  readonly sets: Record<string, NftSet>;
  /** The chain to `goto` for a port with these filters; it accepts or drops. */
  gate(direction: Direction, filters: readonly string[]): string;
}

export function createGroups(filters: ReadonlyMap<string, Filter>): Groups {
  const chains: Record<string, Chain> = {};
  const sets: Record<string, NftSet> = {};

  function members(id: string): string {
    const name = `members_${id}`;
    sets[name] ??= { kind: 'set', type: 'ipv4_addr', elements: filters.get(id)?.members ?? [] };
    return name;
  }

  function filterChain(direction: Direction, id: string): string {
    const name = `${direction}_${id}`;
    if (chains[name] === undefined) {
      const filter = filters.get(id);
      const rules = (direction === 'in' ? filter?.ingress : filter?.egress) ?? [];
      chains[name] = { hook: null, rules: rules.flatMap((rule) => matches(direction, rule, members)) };
    }
    return name;
  }

  return {
    chains,
    sets,
    gate(direction, ids) {
      const name = `${direction}s_${filterSetName(ids)}`;
      chains[name] ??= {
        hook: null,
        rules: [...ids.map((id) => `jump ${filterChain(direction, id)}`), `counter name "group_${direction}" drop`],
      };
      return name;
    },
  };
}

/** The rule's text; nothing for a rule that no IPv4 packet can match. */
function matches(direction: Direction, rule: FilterRule, members: (filter: string) => string): string[] {
  const side = direction === 'in' ? 'saddr' : 'daddr';
  const words: string[] = [];
  if ('filter' in rule.peer) words.push(`ip ${side} @${members(rule.peer.filter)}`);
  else if (rule.peer.cidr.includes(':')) return [];
  else if (!rule.peer.cidr.endsWith('/0')) words.push(`ip ${side} ${rule.peer.cidr}`);

  const { protocol, ports } = rule;
  if (protocol === '6' || protocol === '17') {
    const name = protocol === '6' ? 'tcp' : 'udp';
    if (ports === null) words.push(`ip protocol ${protocol}`);
    else words.push(`${name} dport ${ports.from === ports.to ? ports.from : `${ports.from}-${ports.to}`}`);
  } else if (protocol === '1') {
    words.push('ip protocol 1');
    if (ports !== null && ports.from !== -1) words.push(`icmp type ${ports.from}`);
    if (ports !== null && ports.to !== -1) words.push(`icmp code ${ports.to}`);
  } else if (protocol !== 'any') {
    words.push(`ip protocol ${protocol}`);
  }
  return [[...words, 'accept'].join(' ')];
}
