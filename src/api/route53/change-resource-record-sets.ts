/**
 * A batch of changes, all or none. Each is checked against what those before it leave; what the zone must hold in the end is
 * checked after the last. Every complaint is told, in one message. Routing by latency, place or address is refused by name.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
 */
import { type Edit, put, remove } from '../../model/edit.ts';
import { type Intent, withEdits } from '../../model/intent.ts';
import { recordSetId } from '../../model/public-dns.ts';
import { refuse } from '../../model/refusal.ts';
import type { HostedZone, RecordSet } from '../../model/resources.ts';
import { canonicalJson } from '../shared/canonical.ts';
import { route53Action } from './action.ts';
import { aliasComplaints } from './aliases.ts';
import { changeInfo } from './changes.ts';
import { nameProblem, wireName } from './names.ts';
import { type Change, recordSetOf, routingComplaints } from './record-sets.ts';
import { fault, RECORD_TYPES, type RecordType } from './values.ts';
import { findZone } from './zones.ts';

/** AWS's quotas: of a batch, where what UPSERT names counts twice, of a zone, and of a record set. */
const MAX_BATCH_VALUES = 1000;
const MAX_BATCH_CHARACTERS = 32_000;
const MAX_RECORDS = 10_000;
const MAX_VALUES = 400;

export const changeResourceRecordSets = route53Action<'ChangeResourceRecordSets'>(
  {
    HostedZoneId: true,
    ChangeBatch: {
      Comment: true,
      Changes: {
        Action: true,
        ResourceRecordSet: {
          Name: true,
          Type: RECORD_TYPES,
          TTL: true,
          ResourceRecords: true,
          AliasTarget: true,
          SetIdentifier: true,
          Weight: true,
          Failover: true,
          MultiValueAnswer: true,
        },
      },
    },
  },
  (input, context) => {
    const zone = findZone(context, input.HostedZoneId);
    const { Changes: changes, Comment: comment } = input.ChangeBatch;
    if (changes.length === 0) refuse('InvalidInput', 'The change batch holds no changes.');
    checkSize(changes);
    const wanted = changes.map((change) => {
      const problem = nameProblem(change.ResourceRecordSet.Name);
      if (problem !== undefined) refuse('InvalidChangeBatch', problem);
      return { action: change.Action, record: recordSetOf(change, zone, context) };
    });
    const complaints = sequenceComplaints(wanted);
    let after: Intent = context.intent;
    const edits: Edit[] = [];
    for (const { action, record } of wanted) {
      const before = after.table('recordSet').get(record.id);
      const complaint = complaintOf(action, record, before, zone);
      if (complaint !== undefined) complaints.push(complaint);
      else if (action === 'DELETE') edits.push(remove(record));
      else if (!isEqual(before, record))
        edits.push(put({ ...record, createdAt: before?.createdAt ?? record.createdAt }));
      after = withEdits(context.intent, edits);
    }
    complaints.push(...wholeComplaints(zone, wanted, after));
    if (complaints.length > 0) refuseBatch(complaints);
    return { edits, output: { ChangeInfo: changeInfo(context, edits.length > 0, comment) } };
  },
);

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets */
function checkSize(changes: readonly Change[]): void {
  const sum = (size: (change: Change) => number) =>
    changes.reduce((total, change) => total + size(change) * (change.Action === 'UPSERT' ? 2 : 1), 0);
  const valuesOf = ({ ResourceRecordSet: set }: Change) => (set.ResourceRecords ?? []).map(({ Value }) => Value);
  // An alias counts like a value.
  if (sum((change) => Math.max(1, valuesOf(change).length)) > MAX_BATCH_VALUES) {
    refuseBatch([`Number of records limit of ${MAX_BATCH_VALUES} exceeded.`]);
  }
  if (sum((change) => valuesOf(change).join('').length) > MAX_BATCH_CHARACTERS) {
    refuseBatch([`RDATA character limit of ${MAX_BATCH_CHARACTERS} exceeded.`]);
  }
}

function refuseBatch(complaints: readonly string[]): never {
  refuse('InvalidChangeBatch', `[${[...new Set(complaints)].join(', ')}]`);
}

interface Wanted {
  readonly action: Change['Action'];
  readonly record: RecordSet;
}

/** One change of a record set in a batch, or a DELETE and what comes in its place. */
function sequenceComplaints(wanted: readonly Wanted[]): string[] {
  const groups = Map.groupBy(wanted, ({ record }) => record.id);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const isReplaced = group.length === 2 && first?.action === 'DELETE' && group[1]?.action !== 'DELETE';
    if (first === undefined || group.length === 1 || isReplaced) return [];
    const { type, name } = first.record;
    return [`The request contains an invalid set of changes for a resource record set '${type} ${wireName(name)}'`];
  });
}

function complaintOf(
  action: Wanted['action'],
  record: RecordSet,
  before: RecordSet | undefined,
  zone: HostedZone,
): string | undefined {
  const { name, values } = record;
  const type = record.type as RecordType;
  const set = record.routing === undefined ? '' : `, set-identifier='${record.routing.setIdentifier}'`;
  const label = `[name='${wireName(name)}', type='${type}'${set}]`;
  if (action === 'DELETE') {
    if (before === undefined) return `Tried to delete resource record set ${label} but it was not found`;
    return isEqual(before, record)
      ? undefined
      : `Tried to delete resource record set ${label} but the values provided do not match the current values`;
  }
  if (name !== zone.name && !name.endsWith(`.${zone.name}`)) {
    return `RRSet with DNS name ${wireName(name)} is not permitted in zone ${wireName(zone.name)}`;
  }
  if (action === 'CREATE' && before !== undefined) {
    return `Tried to create resource record set ${label} but it already exists`;
  }
  if (values.length > MAX_VALUES) return `Cannot have more than ${MAX_VALUES} records in a RRSet.`;
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined) return `Duplicate Resource Record: '${twice}'`;
  if ((type === 'CNAME' || type === 'SOA') && values.length > 1) {
    return `Invalid Resource Record: 'FATAL problem: ${type}RRDATANotSingleValue (Only one value is allowed) encountered with '${values.join(' ')}''`;
  }
  for (const value of values) {
    const wrong = fault(type, value);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** What no zone may look like after the batch. */
function wholeComplaints(zone: HostedZone, wanted: readonly Wanted[], after: Intent): readonly string[] {
  const table = after.table('recordSet');
  const zoneText = wireName(zone.name);
  const complaints: string[] = [];
  if (table.get(recordSetId(zone.id, zone.name, 'SOA')) === undefined) {
    complaints.push('A HostedZone must contain exactly one SOA record.');
  }
  if (table.get(recordSetId(zone.id, zone.name, 'NS')) === undefined) {
    complaints.push('A HostedZone must contain at least one NS record for the zone itself.');
  }
  if (table.count('zoneId', zone.id) > MAX_RECORDS) {
    complaints.push(`Exceeded limit MAX_RRSETS_BY_ZONE for zone: ${zone.id}`);
  }
  for (const { action, record } of wanted) {
    if (action === 'DELETE') continue;
    const name = wireName(record.name);
    const sets = table.by('name', record.name).filter((each) => each.zoneId === zone.id);
    const types = [...new Set(sets.map((each) => each.type))];
    if (record.type === 'CNAME' && record.name === zone.name) {
      complaints.push(`RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${zoneText}`);
    } else if (record.type === 'CNAME' && types.length > 1) {
      complaints.push(
        `RRSet of type CNAME with DNS name ${name} is not permitted as it conflicts with other records with the same DNS name in zone ${zoneText}`,
      );
    } else if (record.type !== 'CNAME' && types.includes('CNAME')) {
      complaints.push(
        `RRSet of type ${record.type} with DNS name ${name} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zoneText}`,
      );
    }
    if (record.type === 'SOA' && record.name !== zone.name) {
      complaints.push(`RRSet of type SOA with DNS name ${name} is only permitted at apex in zone ${zoneText}`);
    }
    const twins = sets.filter((each) => each.type === record.type && each.id !== record.id);
    complaints.push(...routingComplaints(record, twins), ...aliasComplaints(record, zone, after));
  }
  return complaints;
}

/** The order of values means nothing. */
function isEqual(before: RecordSet | undefined, record: RecordSet): boolean {
  const told = ({ ttlSeconds, values, alias, routing }: RecordSet) =>
    canonicalJson({ ttlSeconds, values: [...values].sort(), alias, routing });
  return before !== undefined && told(before) === told(record);
}
