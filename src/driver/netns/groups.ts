/**
 * Security groups as chains. One chain a filter and direction, one for each distinct set of filters that a port has (shared
 * by all ports that have it), one set of member addresses for each filter that a rule names. How rules match: group-rules.ts. The sender's gate and the
 * receiver's are different base chains, so `accept` in one never skips the other.
 */
import type { Filter } from '../../plan/plan.ts';
import { type Family, ofFamily } from './family.ts';
import { compileRules } from './group-rules.ts';
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

  /** Matches of a group's members as the other side, one a rule. */
  function ofGroup(gate: Gate, id: string): readonly string[] {
    if (gate === 'guard') return [];
    const own = `ip ${gate === 'out' ? 'daddr' : 'saddr'} @${members(id)}`;
    return gate === 'through' ? [own, `ct original ip daddr @${members(id)}`] : [own];
  }

  function filterChain(gate: Gate, id: string): string {
    const name = `${gate}_${id}`;
    if (chains[name] === undefined) {
      const filter = filters.get(id);
      const rules = (gate === 'out' ? filter?.egress : filter?.ingress) ?? [];
      const [side, direction] = gate === 'out' ? (['daddr', 'out'] as const) : (['saddr', 'in'] as const);
      const { matches, sets: own } = compileRules(family, rules, side, `rules_${direction}_${id}`, (group) =>
        ofGroup(gate, group),
      );
      Object.assign(sets, own);
      chains[name] = { hook: null, rules: matches.map((match) => `${match} accept`.trim()) };
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
