/** Zones under construction: records are added in any order and come out sorted, equal names and types in one record. */
import { compareText, sortAddresses } from '../order.ts';
import type { Origin, Zone, ZoneRecord } from '../plan.ts';

/** What AWS gives all names it makes: endpoints, instances, services. */
export const TTL_SECONDS = 60;

export class ZoneSet {
  readonly #zones = new Map<string, { origin: Origin; records: Map<string, ZoneRecord> }>();

  /** Makes the zone, empty, unless it is there. */
  zone(name: string, origin: Origin): void {
    if (!this.#zones.has(name)) this.#zones.set(name, { origin, records: new Map() });
  }

  add(zone: string, name: string, type: ZoneRecord['type'], values: readonly string[], origin: Origin): void {
    this.zone(zone, origin);
    const records = this.#zones.get(zone)?.records;
    const key = `${name} ${type}`;
    const before = records?.get(key);
    const all = [...(before?.values ?? []), ...values];
    records?.set(key, {
      name,
      type,
      ttlSeconds: TTL_SECONDS,
      values: all.length === 1 ? all : sorted(type, all),
      origin: before?.origin ?? origin,
    });
  }

  zones(): readonly Zone[] {
    return [...this.#zones]
      .sort(([a], [b]) => compareText(a, b))
      .map(([name, { origin, records }]) => ({
        name,
        origin,
        records: [...records].sort(([a], [b]) => compareText(a, b)).map(([, record]) => record),
      }));
  }
}

function sorted(type: ZoneRecord['type'], values: readonly string[]): readonly string[] {
  return type === 'A' || type === 'AAAA' ? sortAddresses(values) : [...new Set(values)].sort(compareText);
}
