/**
 * Record sets between the wire and the model: values, aliases, and the routing policies that can be decided here, which are
 * those that ask nothing of where a client stands. What is missing or too much is refused before anything else is looked at.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
 */
import type { ResourceRecordSet, RRType } from '@aws-sdk/client-route-53';
import { recordSetId } from '../../model/public-dns.ts';
import { refuse } from '../../model/refusal.ts';
import type { AliasTarget, HostedZone, RecordSet, Routing } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import type { Input } from './action.ts';
import { parseName, targetName, wireName } from './names.ts';

const MAX_TTL_SECONDS = 2 ** 31 - 1;
const MAX_WEIGHT = 255;
const MAX_SET_IDENTIFIER = 128;

export type Change = Input<'ChangeResourceRecordSets'>['ChangeBatch']['Changes'][number];

/** The name is known to be one. */
export function recordSetOf(change: Change, zone: HostedZone, context: Context): RecordSet {
  const {
    Name: text,
    Type: type,
    TTL: ttl,
    ResourceRecords: records = [],
    AliasTarget: target,
  } = change.ResourceRecordSet;
  const set = change.ResourceRecordSet.SetIdentifier ?? null;
  const where = `in Change with [Action=${change.Action}, Name=${text}, Type=${type}, SetIdentifier=${set}]`;
  const name = parseName(text) ?? '';
  const kinds = 'exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]';
  if (ttl === undefined && records.length === 0 && target === undefined) {
    refuse('InvalidInput', `Invalid request: Expected ${kinds}, but found none ${where}`);
  }
  if (target !== undefined && (ttl !== undefined || records.length > 0)) {
    refuse('InvalidInput', `Invalid request: Expected ${kinds}, but found more than one ${where}`);
  }
  if (target === undefined) checkValues(ttl, records.length, where);
  const routing = routingOf(change, where);
  return {
    kind: 'recordSet',
    id: recordSetId(zone.id, name, type, routing?.setIdentifier),
    account: zone.account,
    region: '',
    tags: {},
    createdAt: context.now,
    zoneId: zone.id,
    name,
    type,
    ttlSeconds: ttl ?? 0,
    values: records.map((record) => record.Value),
    ...(target !== undefined && { alias: aliasOf(target) }),
    ...(routing !== undefined && { routing }),
  };
}

export function viewRecordSet({ name, type, ttlSeconds, values, alias, routing }: RecordSet): ResourceRecordSet {
  return {
    Name: wireName(name),
    Type: type as RRType,
    ...(routing !== undefined && { SetIdentifier: routing.setIdentifier }),
    ...(routing?.policy === 'weighted' && { Weight: routing.weight }),
    ...(routing?.policy === 'failover' && { Failover: routing.role }),
    ...(routing?.policy === 'multivalue' && { MultiValueAnswer: true }),
    ...(alias === undefined
      ? { TTL: ttlSeconds, ResourceRecords: values.map((Value) => ({ Value })) }
      : {
          AliasTarget: {
            HostedZoneId: alias.zoneId,
            DNSName: wireName(alias.name),
            EvaluateTargetHealth: alias.evaluateHealth,
          },
        }),
  };
}

const NOUNS = { weighted: 'weighted', failover: 'failover', multivalue: 'multivalue answer' } as const;

/** `twins`: the other sets of the record's name and type. */
export function routingComplaints(record: RecordSet, twins: readonly RecordSet[]): readonly string[] {
  const { routing, type, alias } = record;
  const what = `RRSet with DNS name ${wireName(record.name)}, type ${type}`;
  if (twins.length > 0 && routing === undefined) {
    return [`${what} cannot be created as other RRSets exist with the same name and type.`];
  }
  if (routing === undefined) return [];
  const cannot = `${what}, SetIdentifier ${routing.setIdentifier} cannot be created as`;
  const noun = NOUNS[routing.policy];
  if (twins.some((twin) => twin.routing?.policy !== routing.policy)) {
    return [`${cannot} a non-${noun} set exists with the same name and type.`];
  }
  const values = [record, ...twins].filter((each) => each.alias === undefined);
  if (routing.policy !== 'failover' && new Set(values.map(({ ttlSeconds }) => ttlSeconds)).size > 1) {
    return [`${cannot} ${noun} sets must contain the same TTL.`];
  }
  if (routing.policy === 'failover') {
    if (routing.role === 'PRIMARY' && alias === undefined) {
      return ['A non-alias primary ResourceRecordSet must have an associated health check. No changes made.'];
    }
    const isTaken = twins.some((twin) => twin.routing?.policy === 'failover' && twin.routing.role === routing.role);
    if (isTaken) return [`${cannot} another ${routing.role} set exists with the same name and type.`];
  }
  if (routing.policy === 'multivalue' && (alias !== undefined || type === 'CNAME' || type === 'NS')) {
    return [`${what} cannot be a multivalue answer: those are neither aliases nor of type CNAME or NS.`];
  }
  return [];
}

function checkValues(ttl: number | undefined, count: number, where: string): void {
  if (ttl === undefined) refuse('InvalidInput', `Invalid request: Missing field 'TTL' ${where}`);
  if (count === 0) refuse('InvalidInput', `Invalid request: Missing field 'ResourceRecords' ${where}`);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL_SECONDS) {
    refuse('InvalidInput', `Invalid request: The TTL ${ttl} is not between 0 and ${MAX_TTL_SECONDS} ${where}`);
  }
}

function aliasOf(target: Exclude<Change['ResourceRecordSet']['AliasTarget'], undefined>): AliasTarget {
  return {
    zoneId: target.HostedZoneId,
    name: targetName(target.DNSName),
    evaluateHealth: target.EvaluateTargetHealth,
  };
}

function routingOf(change: Change, where: string): Routing | undefined {
  const { SetIdentifier: setIdentifier, Weight: weight, Failover: role } = change.ResourceRecordSet;
  const isMultivalue = change.ResourceRecordSet.MultiValueAnswer === true;
  const policies = [weight !== undefined, role !== undefined, isMultivalue].filter(Boolean).length;
  const found = policies === 0 ? 'none' : 'more than one';
  if (setIdentifier === undefined && policies === 0) return undefined;
  if (setIdentifier === undefined) refuse('InvalidInput', `Invalid request: Missing field 'SetIdentifier' ${where}`);
  if (policies !== 1) {
    refuse(
      'InvalidInput',
      `Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found ${found} ${where}`,
    );
  }
  if (setIdentifier === '' || setIdentifier.length > MAX_SET_IDENTIFIER) {
    refuse(
      'InvalidInput',
      `Invalid request: The SetIdentifier must have 1 to ${MAX_SET_IDENTIFIER} characters ${where}`,
    );
  }
  if (isMultivalue) return { setIdentifier, policy: 'multivalue' };
  if (role !== undefined) return { setIdentifier, policy: 'failover', role };
  if (weight === undefined || !Number.isInteger(weight) || weight < 0 || weight > MAX_WEIGHT) {
    refuse('InvalidInput', `Invalid request: The Weight ${weight} is not between 0 and ${MAX_WEIGHT} ${where}`);
  }
  return { setIdentifier, policy: 'weighted', weight };
}
