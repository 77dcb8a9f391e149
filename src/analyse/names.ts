/**
 * How a name became addresses, question by question: which zone of which view owned it, and why the answer is what it is. Asks
 * src/dns for the answer itself, so that it cannot tell another story than the resolver.
 */
import { answer, type DnsIndex, indexDns, WORLD } from '../dns/answer.ts';
import { findName, findZone, type Owner, type ZoneIndex } from '../dns/zones.ts';
import { cidrAddress, cidrOf } from '../net/cidr.ts';
import type { Domain, Plan, ResolverRule } from '../plan/plan.ts';

/** One name on the way: the one asked for, then each that a CNAME led to. */
export interface NameStep {
  readonly name: string;
  readonly owner: Owner;
  /** "10.0.10.5 10.0.11.4", "CNAME vpce-…", or why there is no address. */
  readonly result: string;
}

export interface Resolution {
  /** resolverOff: nobody answers in this domain. ownServers: its machines ask others than a VPC's resolver, who could tell. forwarded: those that a rule names could tell. world: the host's resolver could. */
  readonly outcome: 'addresses' | 'NXDOMAIN' | 'NODATA' | 'forwarded' | 'world' | 'resolverOff' | 'ownServers';
  readonly steps: readonly NameStep[];
  readonly addresses: readonly string[];
  /** Drawn by weight, or by the client's zone: the next answer may be another. */
  readonly varies: boolean;
  /** The rule that sends the question elsewhere; null: none does. */
  readonly rule: ResolverRule | null;
  /** Who would have answered here without that rule: a zone of the domain, or a public one that has the name; null: nobody, or there is no rule. */
  readonly shadowed: Owner | null;
}

const NO_ANSWER = { steps: [], addresses: [], varies: false, rule: null, shadowed: null } as const;

const indexes = new WeakMap<Plan, DnsIndex>();

/** How a name is asked for. */
export interface Asking {
  /** A by default. */
  readonly type?: 'A' | 'AAAA';
  /** The client's zone; of several answers by chance it is the nearest. */
  readonly zone?: string | undefined;
  /** By an inbound endpoint of the domain, whoever asks there: whom its machines ask does not matter. */
  readonly isInbound?: boolean;
}

/** `name` without the trailing dot. */
export function resolveName(
  plan: Plan,
  domain: string,
  name: string,
  { type = 'A', zone, isInbound = false }: Asking = {},
): Resolution {
  const asking = plan.domains.find(({ id }) => id === domain);
  // Asked first; the others where it is silent only.
  const [first] = asking?.dhcp.nameServers ?? [];
  const asksOthers = asking?.kind === 'site' || (first !== undefined && !isResolver(asking, first));
  if (asksOthers && !isInbound) return { outcome: 'ownServers', ...NO_ANSWER };
  const index = dnsIndexOf(plan);
  if (!index.views.has(domain)) return { outcome: 'resolverOff', ...NO_ANSWER };
  const found = answer(index, domain, { name, type, class: 'IN' }, { isInbound, zone: () => zone });
  const aliases = found.answers.filter(({ type }) => type === 'CNAME').flatMap(({ values }) => values);
  const addresses = found.answers.filter((each) => each.type === type).flatMap(({ values }) => values);
  const isOfWorld = found.forward?.rule === null;
  const outcome = found.forward
    ? found.forward.rule !== null
      ? 'forwarded'
      : plan.outside === null
        ? 'NXDOMAIN'
        : 'world'
    : addresses.length > 0
      ? 'addresses'
      : found.rcode === 'NXDOMAIN'
        ? 'NXDOMAIN'
        : 'NODATA';
  const rule = found.forward?.rule ?? null;
  const names = [name.toLowerCase(), ...aliases];
  const steps = names.map((each, at): NameStep => {
    const alias = aliases[at];
    const result = alias === undefined ? last({ outcome, addresses, rule, isOfWorld, type }) : `CNAME ${alias}`;
    return { name: each, owner: found.owners[at] ?? WORLD, result };
  });
  const zones = isInbound ? 'inbound' : 'zones';
  const shadowed = rule && shadowedBy(index, { domain, zones, name: found.forward?.name ?? name });
  return { outcome, steps, addresses, varies: found.varies, rule, shadowed };
}

function shadowedBy(
  { views, publicZones }: DnsIndex,
  { domain, zones, name }: { readonly domain: string; readonly zones: 'zones' | 'inbound'; readonly name: string },
): Owner | null {
  return findZone(name, views.get(domain)?.[zones] ?? [])?.owner ?? publicOwner(publicZones, name);
}

/** Whether the name is one of those that all VPCs know: AWS's services, endpoints' own. */
export function isPublicName(plan: Plan, name: string): boolean {
  return publicOwner(dnsIndexOf(plan).publicZones, name) !== null;
}

function publicOwner(zones: ZoneIndex, name: string): Owner | null {
  const zone = findZone(name, [zones]);
  return zone !== undefined && findName(zone, name) !== undefined ? zone.owner : null;
}

function dnsIndexOf(plan: Plan): DnsIndex {
  const index = indexes.get(plan) ?? indexDns(plan);
  indexes.set(plan, index);
  return index;
}

/** Its own, whether that answers or not. */
function isResolver(domain: Domain | undefined, address: string): boolean {
  const [primary = '0.0.0.0/0'] = domain?.cidrs ?? [];
  return domain?.resolverAddresses.includes(address) || cidrAddress(cidrOf(primary), 2) === address;
}

function last({
  outcome,
  addresses,
  rule,
  isOfWorld,
  type,
}: Pick<Resolution, 'outcome' | 'addresses' | 'rule'> & {
  readonly isOfWorld: boolean;
  readonly type: string;
}): string {
  if (outcome === 'addresses') return addresses.join(' ');
  if (outcome === 'NXDOMAIN' && isOfWorld) {
    return 'NXDOMAIN: nobody here has it, and there is no outside whose names could be asked for (culvert up --internet)';
  }
  if (outcome === 'NXDOMAIN') return 'NXDOMAIN: the zone owns the name and does not have it';
  if (outcome === 'forwarded') {
    const targets = rule?.forward?.targets.map(({ address, port }) => `${address} port ${port}`).join(', ');
    return `asked of ${targets} through ${rule?.forward?.endpoint}`;
  }
  if (outcome === 'NODATA') return `NODATA: the name has no ${type} record`;
  return 'nobody here has it: the resolver of the host is asked';
}
