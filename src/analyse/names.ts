/**
 * How a name became addresses, question by question: which zone of which view owned it, and why the answer is what it is. Asks
 * src/dns for the answer itself, so that it cannot tell another story than the resolver.
 */
import { answer, type DnsIndex, indexDns, WORLD } from '../dns/answer.ts';
import type { Owner } from '../dns/zones.ts';
import type { Plan } from '../plan/plan.ts';

/** One name on the way: the one asked for, then each that a CNAME led to. */
export interface NameStep {
  readonly name: string;
  readonly owner: Owner;
  /** "10.0.10.5 10.0.11.4", "CNAME vpce-…", or why there is no address. */
  readonly result: string;
}

export interface Resolution {
  /** resolverOff: nobody answers in this domain. world: only the host's resolver could tell. */
  readonly outcome: 'addresses' | 'NXDOMAIN' | 'NODATA' | 'world' | 'resolverOff';
  readonly steps: readonly NameStep[];
  readonly addresses: readonly string[];
}

const indexes = new WeakMap<Plan, DnsIndex>();

/** `name` without the trailing dot; A records are asked for. */
export function resolveName(plan: Plan, domain: string, name: string): Resolution {
  const index = indexes.get(plan) ?? indexDns(plan);
  indexes.set(plan, index);
  if (!index.views.has(domain)) return { outcome: 'resolverOff', steps: [], addresses: [] };
  const found = answer(index, domain, { name, type: 'A', class: 'IN' });
  const aliases = found.answers.filter(({ type }) => type === 'CNAME').flatMap(({ values }) => values);
  const addresses = found.answers.filter(({ type }) => type === 'A').flatMap(({ values }) => values);
  const outcome = found.forward
    ? 'world'
    : addresses.length > 0
      ? 'addresses'
      : found.rcode === 'NXDOMAIN'
        ? 'NXDOMAIN'
        : 'NODATA';
  const names = [name.toLowerCase(), ...aliases];
  const steps = names.map((each, at): NameStep => {
    const alias = aliases[at];
    const result = alias === undefined ? last(outcome, addresses) : `CNAME ${alias}`;
    return { name: each, owner: found.owners[at] ?? WORLD, result };
  });
  return { outcome, steps, addresses };
}

function last(outcome: Resolution['outcome'], addresses: readonly string[]): string {
  if (outcome === 'addresses') return addresses.join(' ');
  if (outcome === 'NXDOMAIN') return 'NXDOMAIN: the zone owns the name and does not have it';
  if (outcome === 'NODATA') return 'NODATA: the name has no A record';
  return 'nobody here has it: the resolver of the host is asked';
}
