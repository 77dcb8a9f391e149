/**
 * Security groups as chains. One chain a filter and direction, one for each distinct set of filters that a port has (shared
 * by all ports that have it), one set of member addresses for each filter that a rule names. The sender's gate and the
 * receiver's are different base chains, so `accept` in one never skips the other.
 */
import type { Filter, FilterRule } from '../../plan/plan.ts';
import { type Family, familyOf, ofFamily } from './family.ts';
import { filterSetName } from './names.ts';
import type { Chain, NftSet } from './nft.ts';

/**
 * in, out: at a port. through: into a port, for what a load balancer sent there with the client's own address: a rule that
 * names the load balancer's group lets it in as well. guard: as `in`, for clients of another domain, whom no rule that names a
 * group means, whatever their addresses are.
 */
export type Gate = 'in' | 'out' | 'through' | 'guard';

export interface Groups {
  readonly chains: Record<string, Chain>;
  readonly sets: Record<string, NftSet>;
  /** The chain to `goto` for these filters; it accepts or drops. */
  gate(gate: Gate, filters: readonly string[]): string;
}

/** In the words of table `ip`, see family.ts. */
export function createGroups(family: Family, filters: ReadonlyMap<string, Filter>): Groups {
  const chains: Record<string, Chain> = {};
  const sets: Record<string, NftSet> = {};

  function members(id: string): string {
    const name = `members_${id}`;
    sets[name] ??= { kind: 'set', type: 'ipv4_addr', elements: ofFamily(family, filters.get(id)?.members ?? []) };
    return name;
  }

  /** Matches of the other side, one a rule of the chain; '' matches anything. */
  function peers(gate: Gate, peer: FilterRule['peer']): readonly string[] {
    const side = gate === 'out' ? 'daddr' : 'saddr';
    if ('cidr' in peer) {
      if (familyOf(peer.cidr) !== family) return [];
      return [peer.cidr.endsWith('/0') ? '' : `ip ${side} ${peer.cidr}`];
    }
    if (gate === 'guard') return [];
    const own = `ip ${side} @${members(peer.filter)}`;
    return gate === 'through' ? [own, `ct original ip daddr @${members(peer.filter)}`] : [own];
  }

  function filterChain(gate: Gate, id: string): string {
    const name = `${gate}_${id}`;
    if (chains[name] === undefined) {
      const filter = filters.get(id);
      const rules = (gate === 'out' ? filter?.egress : filter?.ingress) ?? [];
      chains[name] = {
        hook: null,
        rules: rules.flatMap((rule) =>
          peers(gate, rule.peer).map((peer) =>
            [peer, ...protocolWords(family, rule), 'accept'].filter(Boolean).join(' '),
          ),
        ),
      };
    }
    return name;
  }

  return {
    chains,
    sets,
    gate(gate, ids) {
      const name = `${gate}s_${filterSetName(ids)}`;
      const stage = gate === 'out' ? 'group_out' : 'group_in';
      chains[name] ??= {
        hook: null,
        rules: [...ids.map((id) => `jump ${filterChain(gate, id)}`), `counter name "${stage}" drop`],
      };
      return name;
    },
  };
}

const ICMP = { ip: { number: '1', name: 'icmp' }, ip6: { number: '58', name: 'icmpv6' } } as const;

function protocolWords(family: Family, { protocol, ports }: FilterRule): string[] {
  if (protocol === 'any') return [];
  if (protocol === '6' || protocol === '17') {
    if (ports === null) return [`ip protocol ${protocol}`];
    const { from, to } = ports;
    return [`${protocol === '6' ? 'tcp' : 'udp'} dport ${from === to ? from : `${from}-${to}`}`];
  }
  const words = [`ip protocol ${protocol}`];
  const icmp = ICMP[family];
  if (protocol !== icmp.number || ports === null) return words;
  if (ports.from !== -1) words.push(`${icmp.name} type ${ports.from}`);
  if (ports.to !== -1) words.push(`${icmp.name} code ${ports.to}`);
  return words;
}
