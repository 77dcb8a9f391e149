/**
 * Zones made ready for questions: each a map from name to its records, so that an answer costs as many look-ups as the name
 * has labels. Made once for each Plan, when it is first asked for, and shared by all its views.
 */
import { type Lookup, lookup } from '../plan/memo.ts';
import type { Origin, Zone, ZoneRecord } from '../plan/plan.ts';

/** Who answers for a name. view: a zone of this domain. public: one that all have. rule: it is forwarded. world: none here has it. */
export interface Owner {
  readonly kind: 'view' | 'public' | 'rule' | 'world';
  /** The zone's name, or the rule's domain; null: the world. */
  readonly zone: string | null;
  /** Who made it: an endpoint, a hosted zone, a VPC; empty: AWS itself. */
  readonly origin: Origin;
}

export interface IndexedZone {
  readonly name: string;
  readonly owner: Owner;
  /** By name, then type. Names that only have others below them ("empty non-terminals") are there without records. */
  readonly names: ReadonlyMap<string, ReadonlyMap<string, ZoneRecord>>;
  /** True where any name begins with a "*" label, also one that only has others below it (RFC 4592 §2.2.3). */
  readonly hasWildcards: boolean;
  /** True where a name below the zone's own is given away to other servers. */
  readonly hasDelegations: boolean;
}

export type ZoneIndex = Lookup<string, IndexedZone>;

export function indexZones(zones: readonly Zone[], kind: 'view' | 'public'): ZoneIndex {
  return lookup(new Map(zones.map((zone) => [zone.name, zone])), (zone) => indexZone(zone, kind));
}

/** Only public zones give names away to other servers. */
export function indexZone(zone: Zone, kind: 'view' | 'public'): IndexedZone {
  const names = new Map<string, Map<string, ZoneRecord>>([[zone.name, new Map()]]);
  for (const record of zone.records) {
    for (let name = record.name; name.length > zone.name.length && !names.has(name); name = parent(name)) {
      names.set(name, new Map());
    }
    names.get(record.name)?.set(record.type, record);
  }
  return {
    name: zone.name,
    owner: { kind, zone: zone.name, origin: zone.origin },
    names,
    hasWildcards: [...names.keys()].some((name) => name.startsWith('*.')),
    hasDelegations: kind === 'public' && zone.records.some(({ name, type }) => type === 'NS' && name !== zone.name),
  };
}

/** The name without its leftmost label; '' at the end. */
export function parent(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1);
}

/** The most specific zone that the name lies in; of two with one name that of the first index. */
export function findZone(name: string, indexes: readonly ZoneIndex[]): IndexedZone | undefined {
  for (let suffix = name; suffix !== ''; suffix = parent(suffix)) {
    for (const index of indexes) {
      const found = index.get(suffix);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/**
 * The records of a name, or of the wildcard that stands for it (RFC 4592: only where nothing nearer exists); undefined where
 * the name does not exist.
 */
export function findName(zone: IndexedZone, name: string): ReadonlyMap<string, ZoneRecord> | undefined {
  const exact = zone.names.get(name);
  if (exact !== undefined || !zone.hasWildcards) return exact;
  // The closest name that exists; a wildcard right below it stands for all else there.
  let encloser = parent(name);
  while (!zone.names.has(encloser)) encloser = parent(encloser);
  return zone.names.get(`*.${encloser}`);
}

/** Whether NS records in the zone give the name to servers that are not here (RFC 1034 §4.2.1). */
export function isDelegated(zone: IndexedZone, name: string): boolean {
  if (!zone.hasDelegations) return false;
  for (let suffix = name; suffix.length > zone.name.length; suffix = parent(suffix)) {
    if (zone.names.get(suffix)?.has('NS')) return true;
  }
  return false;
}
