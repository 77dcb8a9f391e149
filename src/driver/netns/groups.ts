/**
 * Security groups as chains. One chain a filter and direction, one for each distinct set of filters that a port has (shared
 * by all ports that have it), one set of member addresses for each filter that a rule names. How rules match: group-rules.ts. The sender's gate and the
 * receiver's are different base chains, so `accept` in one never skips the other.
 */
import { rulesOfGroups } from '../../plan/named.ts';
import type { Crossing, Domain, Filter } from '../../plan/plan.ts';
import { type Family, ofFamily } from './family.ts';
import { compileRules } from './group-rules.ts';
import { filterSetName, linkName } from './names.ts';
import type { Chain, NftSet } from './nft.ts';

/**
 * in, out: at a port. through: into a port, for what a load balancer sent there with the client's own address: a rule that
 * names the load balancer's group lets it in as well. guard: as `in`, for clients of another domain, whom no rule that names a
 * group means, whatever their addresses are. send: as `out`, for what a load balancer sends, which stays in its domain.
 */
export type Gate = 'in' | 'out' | 'through' | 'guard' | 'send';

/** At the sender's side. */
const isEgress = (gate: Gate) => gate === 'out' || gate === 'send';

export interface Groups {
  readonly chains: Record<string, Chain>;
  readonly sets: Record<string, NftSet>;
  /** What becomes of it: a chain to `goto`, which accepts or drops; `accept` where there are no filters to ask. */
  gate(gate: Gate, filters: readonly string[] | null): string;
}

/** Of a plan: by id, and by domain. */
interface AllFilters {
  readonly filters: ReadonlyMap<string, Filter>;
  readonly filtersOf: ReadonlyMap<string, readonly Filter[]>;
}

/** A domain's own by id, with those that guard crossings from here and those beyond links that its rules name. */
export function filtersNeeded(
  { filters, filtersOf }: AllFilters,
  { id }: Domain,
  crossings: readonly Crossing[],
): ReadonlyMap<string, Filter> {
  const own = filtersOf.get(id) ?? [];
  const named = own
    .flatMap(({ ingress, egress }) => [ingress, egress].flatMap(rulesOfGroups))
    .flatMap(({ peer }) => (peer.link === undefined ? [] : [peer.filter]));
  const others = [...crossings.flatMap(({ guards }) => guards ?? []), ...named];
  return new Map([...own, ...others.flatMap((each) => filters.get(each) ?? [])].map((each) => [each.id, each]));
}

/** In the words of table `ip`, see family.ts. `fronts`: of load balancers' nodes, by which addresses clients know each. */
export function createGroups(
  family: Family,
  filters: ReadonlyMap<string, Filter>,
  fronts: ReadonlyMap<string, readonly string[]>,
): Groups {
  const chains: Record<string, Chain> = {};
  const sets: Record<string, NftSet> = {};

  function members(id: string): string {
    return addresses(`members_${id}`, filters.get(id)?.members ?? []);
  }

  /** Of the members that are nodes, also what the internet knows them by. */
  function membersFronts(id: string): string {
    return addresses(
      `fronts_${id}`,
      (filters.get(id)?.members ?? []).flatMap((member) => fronts.get(member) ?? []),
    );
  }

  function addresses(name: string, elements: readonly string[]): string {
    sets[name] ??= { kind: 'set', type: 'ipv4_addr', elements: ofFamily(family, elements) };
    return name;
  }

  /** Matches of a group's members as the other side, beyond a link or not, one a rule. */
  function ofGroup(gate: Gate, id: string, link: string | undefined): readonly string[] {
    if (gate === 'guard') return [];
    const own = `ip ${isEgress(gate) ? 'daddr' : 'saddr'} @${members(id)}`;
    if (link !== undefined) {
      // The sender's gate comes before the route is known.
      const way = `${gate === 'out' ? 'fib daddr . mark oifname' : 'iifname'} "${linkName(link)}"`;
      return gate === 'send' ? [] : [`${way} ${own}`];
    }
    return gate === 'through' ? [own, `ct original ip daddr @${membersFronts(id)}`] : [own];
  }

  function filterChain(gate: Gate, id: string): string {
    const name = `${gate}_${id}`;
    if (chains[name] === undefined) {
      const filter = filters.get(id);
      const rules = (isEgress(gate) ? filter?.egress : filter?.ingress) ?? [];
      const [side, direction] = isEgress(gate) ? (['daddr', 'out'] as const) : (['saddr', 'in'] as const);
      const { matches, sets: own } = compileRules(family, rules, side, `rules_${direction}_${id}`, (group, link) =>
        ofGroup(gate, group, link),
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
      if (ids === null) return 'accept';
      const name = `${gate}s_${filterSetName(ids)}`;
      const stage = isEgress(gate) ? 'group_out' : 'group_in';
      chains[name] ??= {
        hook: null,
        rules: [...ids.map((id) => `jump ${filterChain(gate, id)}`), `counter name "${stage}" drop`],
      };
      return `goto ${name}`;
    },
  };
}
