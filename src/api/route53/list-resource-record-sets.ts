/**
 * The records of a zone by name from the right, then by type and set identifier; a page's size is capped at 300, not refused.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
 */
import type { RRType } from '@aws-sdk/client-route-53';
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import { route53Action } from './action.ts';
import { compareText, nameProblem, parseName, reversed, wireName } from './names.ts';
import { pageSize } from './pages.ts';
import { viewRecordSet } from './record-sets.ts';
import { findZone } from './zones.ts';

const MAX_PAGE = 300;

export const listResourceRecordSets = route53Action<'ListResourceRecordSets'>(
  {
    HostedZoneId: true,
    StartRecordName: true,
    StartRecordType: true,
    StartRecordIdentifier: true,
    MaxItems: true,
  },
  (input, context) => {
    const zone = findZone(context, input.HostedZoneId);
    const { StartRecordName: fromName, StartRecordType: fromType = '', StartRecordIdentifier: fromSet = '' } = input;
    if (fromType === '' && fromSet !== '') {
      refuse('InvalidInput', 'The input is not valid: StartRecordIdentifier needs StartRecordType.');
    }
    if (fromName === undefined && fromType !== '') {
      refuse('InvalidInput', 'The input is not valid: StartRecordType needs StartRecordName.');
    }
    const problem = fromName === undefined ? undefined : nameProblem(fromName);
    if (problem !== undefined) refuse('InvalidInput', problem);
    const name = parseName(fromName ?? '') ?? '';
    const fromKey = name === '' ? '' : reversed(name);
    const records = context.intent
      .table('recordSet')
      .by('zoneId', zone.id)
      .map((record) => ({ record, key: [reversed(record.name), record.type, record.routing?.setIdentifier ?? ''] }))
      .sort((a, b) => compareKeys(a.key, b.key))
      .filter(({ key }) => compareKeys(key, [fromKey, fromType, fromSet]) >= 0);
    const count = pageSize(input.MaxItems, MAX_PAGE);
    const next = records[count]?.record;
    return reply({
      ResourceRecordSets: records.slice(0, count).map(({ record }) => viewRecordSet(record)),
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextRecordName: wireName(next.name), NextRecordType: next.type as RRType }),
      ...(next?.routing !== undefined && { NextRecordIdentifier: next.routing.setIdentifier }),
      MaxItems: count,
    });
  },
);

function compareKeys(a: readonly string[], b: readonly string[]): number {
  return a.reduce((order, part, at) => order || compareText(part, b[at] ?? ''), 0);
}
