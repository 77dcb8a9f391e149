/**
 * The records of a zone by name from the right, then by type; a page's size is capped at 300, not refused.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
 */
import type { ResourceRecordSet, RRType } from '@aws-sdk/client-route-53';
import { refuse } from '../../model/refusal.ts';
import type { RecordSet } from '../../model/resources.ts';
import { reply } from '../action.ts';
import { route53Action } from './action.ts';
import { compareText, parseName, reversed, wireName } from './names.ts';
import { findZone } from './zones.ts';

const MAX_PAGE = 300;

export const listResourceRecordSets = route53Action<'ListResourceRecordSets'>(
  { HostedZoneId: true, StartRecordName: true, StartRecordType: true, MaxItems: true },
  (input, context) => {
    const zone = findZone(context, input.HostedZoneId);
    const { StartRecordName: fromName, StartRecordType: fromType = '' } = input;
    if (fromName === undefined && fromType !== '') {
      refuse('InvalidInput', 'The input is not valid: StartRecordType needs StartRecordName.');
    }
    const name = fromName === undefined ? '' : parseName(fromName);
    if (name === undefined) refuse('InvalidInput', `The name ${fromName} is not valid.`);
    const fromKey = name === '' ? '' : reversed(name);
    const records = context.intent
      .table('recordSet')
      .by('zoneId', zone.id)
      .map((record) => ({ record, key: reversed(record.name) }))
      .sort((a, b) => compareText(a.key, b.key) || compareText(a.record.type, b.record.type))
      .filter(({ record, key }) => (compareText(key, fromKey) || compareText(record.type, fromType)) >= 0);
    const count = pageSize(input.MaxItems);
    const next = records[count]?.record;
    return reply({
      ResourceRecordSets: records.slice(0, count).map(({ record }) => viewRecordSet(record)),
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextRecordName: wireName(next.name), NextRecordType: next.type as RRType }),
      MaxItems: count,
    });
  },
);

function viewRecordSet(record: RecordSet): ResourceRecordSet {
  return {
    Name: wireName(record.name),
    Type: record.type as RRType,
    TTL: record.ttlSeconds,
    ResourceRecords: record.values.map((Value) => ({ Value })),
  };
}

function pageSize(wanted: number | undefined): number {
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1)) {
    refuse('InvalidInput', `The value ${wanted} of MaxItems is not a positive whole number.`);
  }
  return Math.min(wanted ?? MAX_PAGE, MAX_PAGE);
}
