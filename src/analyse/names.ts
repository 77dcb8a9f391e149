/**
 * How a name became addresses, question by question: which zone of which view owned it, and why the answer is what it is. Asks
 * src/dns for the answer itself, so that it cannot tell another story than the resolver.
 */
import { answer, type DnsIndex, indexDns } from '../dns/answer.ts';
import { findZone } from '../dns/zones.ts';
import type { Origin, Plan } from '../plan/plan.ts';

/** One name on the way: the one asked for, then each that a CNAME led to. */
export interface NameStep {
  readonly name: string;
  /** view: a zone of this domain alone. public: one that all have. world: none here has it, the host's resolver is asked. */
  readonly owner: 'view' | 'public' | 'world';
  /** null: the world. */
  readonly zone: string | null;
  /** Who made the zone: an endpoint, a hosted zone, a VPC; empty: AWS itself. */
  readonly origin: Origin;
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
  const view = index.views.get(domain);
  if (view === undefined) return { outcome: 'resolverOff', steps: [], addresses: [] };
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
    const zone = findZone(each, [view, index.publicZones])?.name ?? null;
    if (zone === null) return { name: each, owner: 'world', zone, origin: [], result };
    const isOwn = view.has(zone);
    const zones = isOwn ? plan.views.find(({ id }) => id === domain)?.zones : plan.publicZones;
    const origin = zones?.find((candidate) => candidate.name === zone)?.origin ?? [];
    return { name: each, owner: isOwn ? 'view' : 'public', zone, origin, result };
  });
  return { outcome, steps, addresses };
}

function last(outcome: Resolution['outcome'], addresses: readonly string[]): string {
  if (outcome === 'addresses') return addresses.join(' ');
  if (outcome === 'NXDOMAIN') return 'NXDOMAIN: the zone owns the name and does not have it';
  if (outcome === 'NODATA') return 'NODATA: the name has no A record';
  return 'nobody here has it: the resolver of the host is asked';
}
