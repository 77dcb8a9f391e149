/**
 * Customers' hosted zones with their records: public ones that the world's DNS leads to, and private ones, which answer in
 * the views that name them.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-working-with.html
 */
import type { Intent } from '../../model/intent.ts';
import { delegatedZones } from '../../model/public-dns.ts';
import type { HostedZone as Asked, RecordSet } from '../../model/resources.ts';
import { compareText, sortById } from '../order.ts';
import type { HostedZone, ZoneRecord } from '../plan.ts';
import { type AliasTargets, isPlain, zoneRecords } from './record-sets.ts';
import type { ZoneSet } from './records.ts';

export function addHostedZones(zones: ZoneSet, intent: Intent, targets: AliasTargets): void {
  for (const zone of delegatedZones(intent)) {
    zones.zone(zone.name, [zone.id]);
    for (const record of recordsOf(intent, zone, targets)) zones.add(zone.name, record);
  }
}

export function compileHostedZones(intent: Intent, targets: AliasTargets): readonly HostedZone[] {
  const zones = [...intent.table('hostedZone').all()].filter((zone) => zone.isPrivate);
  return sortById(
    zones.map((zone) => ({
      id: zone.id,
      name: zone.name,
      origin: [zone.id],
      records: recordsOf(intent, zone, targets),
    })),
  );
}

/** The same as long as the zone has the same sets, unless there are aliases: what these lead to is not the zone's. */
const known = new WeakMap<Asked, { readonly sets: readonly RecordSet[]; readonly records: readonly ZoneRecord[] }>();

function recordsOf(intent: Intent, zone: Asked, targets: AliasTargets): readonly ZoneRecord[] {
  const sets = intent.table('recordSet').by('zoneId', zone.id);
  const before = known.get(zone);
  const isSame = before?.sets.length === sets.length && sets.every((set, at) => set === before.sets[at]);
  if (before !== undefined && isSame) return before.records;
  const records = [...zoneRecords(sets, targets)].sort(
    (a, b) => compareText(a.name, b.name) || compareText(a.type, b.type),
  );
  if (sets.every(isPlain)) known.set(zone, { sets, records });
  return records;
}
