/**
 * Customers' public hosted zones that the world's DNS leads to, with their records as they gave them. What no zone file could
 * say is left out: one customer's mistake must not hold up the Plan of all; the API refuses it before.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
 */
import type { Intent } from '../../model/intent.ts';
import { delegatedZones } from '../../model/public-dns.ts';
import type { RecordSet } from '../../model/resources.ts';
import { remember } from '../memo.ts';
import type { ZoneRecord } from '../plan.ts';
import { formatRdata, isLegalName, isRecordType, parseRdata } from '../rdata.ts';
import { sortValues, type ZoneSet } from './records.ts';

export function addHostedZones(zones: ZoneSet, intent: Intent): void {
  for (const { id, name } of delegatedZones(intent)) {
    zones.zone(name, [id]);
    for (const set of intent.table('recordSet').by('zoneId', id)) {
      const record = recordOf(set);
      if (record !== undefined) zones.add(name, record);
    }
  }
}

const recordOf = remember((set: RecordSet): ZoneRecord | undefined => {
  const { type, name, ttlSeconds, zoneId } = set;
  if (!isRecordType(type) || !isLegalName(name)) return undefined;
  const values = set.values.flatMap((text) => {
    const fields = parseRdata(type, text);
    return fields === undefined ? [] : [formatRdata(fields)];
  });
  return values.length === 0
    ? undefined
    : { name, type, ttlSeconds, values: sortValues(type, values), origin: [zoneId] };
});
