/** Zones under construction: records are added in any order and come out sorted, equal names and types in one record. */
import type { NetworkInterface, VpcEndpoint } from '../../model/resources.ts';
import { compareText, sortAddresses } from '../order.ts';
import type { Origin, Zone, ZoneRecord } from '../plan.ts';

/** What AWS gives all names it makes: endpoints, instances, services. */
export const TTL_SECONDS = 60;

export function recordOf(
  name: string,
  type: ZoneRecord['type'],
  values: readonly string[],
  origin: Origin,
): ZoneRecord {
  return { name, type, ttlSeconds: TTL_SECONDS, values: values.length < 2 ? values : sortValues(type, values), origin };
}

/**
 * The records of a name of an endpoint's: addresses of its interfaces, of the families that the endpoint says. service-defined:
 * private names answer IPv4 only. An interface without an address of a family adds none.
 */
export function endpointRecords(
  { endpoint }: { readonly endpoint: VpcEndpoint },
  name: string,
  interfaces: readonly NetworkInterface[],
  kind: 'private' | 'public',
  origin: Origin,
): readonly ZoneRecord[] {
  const type = endpoint.dnsRecordIpType;
  const hasIpv4 = type !== 'ipv6';
  const hasIpv6 = type === 'ipv6' || type === 'dualstack' || (type === 'service-defined' && kind === 'public');
  const ipv4 = hasIpv4 ? interfaces.flatMap(({ addresses }) => addresses.slice(0, 1)) : [];
  const ipv6 = hasIpv6 ? interfaces.flatMap(({ ipv6Addresses }) => ipv6Addresses.slice(0, 1)) : [];
  return [
    ...(ipv4.length === 0 ? [] : [recordOf(name, 'A', ipv4, origin)]),
    ...(ipv6.length === 0 ? [] : [recordOf(name, 'AAAA', ipv6, origin)]),
  ];
}

interface Unfinished {
  readonly origin: Origin;
  /** By name; nearly all names have records of one type only. */
  readonly records: Map<string, readonly ZoneRecord[]>;
}

export class ZoneSet {
  readonly #zones = new Map<string, Unfinished>();

  /** Makes the zone, empty, unless it is there. */
  zone(name: string, origin: Origin): Unfinished {
    const before = this.#zones.get(name);
    if (before !== undefined) return before;
    const made = { origin, records: new Map() };
    this.#zones.set(name, made);
    return made;
  }

  /** The record itself where it is the only one of its name and type; the origin of the first stays. */
  add(zone: string, record: ZoneRecord): void {
    const { records } = this.zone(zone, record.origin);
    const before = records.get(record.name);
    if (before === undefined) records.set(record.name, [record]);
    else records.set(record.name, withRecord(before, record));
  }

  /** By its own name, or the wildcard right above it. */
  find(zone: string, name: string, type: ZoneRecord['type']): ZoneRecord | undefined {
    const records = this.#zones.get(zone)?.records;
    const found = records?.get(name) ?? records?.get(name.replace(/^[^.]+/, '*'));
    return found?.find((each) => each.type === type);
  }

  zones(): readonly Zone[] {
    return [...this.#zones]
      .sort(([a], [b]) => compareText(a, b))
      .map(([name, { origin, records }]) => ({ name, origin, records: sortedRecords(records) }));
  }
}

function withRecord(records: readonly ZoneRecord[], record: ZoneRecord): readonly ZoneRecord[] {
  const twin = records.find(({ type }) => type === record.type);
  if (twin === undefined) return [...records, record].sort((a, b) => compareText(a.type, b.type));
  const merged = recordOf(twin.name, twin.type, [...twin.values, ...record.values], twin.origin);
  return records.map((each) => (each === twin ? merged : each));
}

function sortedRecords(records: ReadonlyMap<string, readonly ZoneRecord[]>): readonly ZoneRecord[] {
  return [...records.keys()].sort(compareText).flatMap((name) => records.get(name) ?? []);
}

/** Each once. */
export function sortValues(type: ZoneRecord['type'], values: readonly string[]): readonly string[] {
  return type === 'A' || type === 'AAAA' ? sortAddresses(values) : [...new Set(values)].sort(compareText);
}
