/**
 * A hosted zone with its SOA and NS records; with a VPC it is a private one, which answers there. To public zones names that are
 * AWS's own are reserved, as at AWS.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
 */
import { put } from '../../model/edit.ts';
import { withEdits } from '../../model/intent.ts';
import { recordSetId } from '../../model/public-dns.ts';
import { refuse } from '../../model/refusal.ts';
import type { HostedZone, RecordSet, Resource } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { route53Action } from './action.ts';
import { associationOf, checkNameIsFree, ownVpc } from './associations.ts';
import { changeInfo } from './changes.ts';
import { zoneName } from './names.ts';
import { nameServersFor, ownZones, PRIVATE_NAME_SERVERS, viewDelegation, viewZone } from './zones.ts';

/** AWS's default quota. */
const MAX_ZONES = 500;
const RESERVED = ['amazonaws.com', 'api.aws'];
const MAX_REFERENCE = 128;
const NS_TTL_SECONDS = 172_800;
const SOA_TTL_SECONDS = 900;

export const createHostedZone = route53Action<'CreateHostedZone'>(
  { Name: true, CallerReference: true, HostedZoneConfig: { Comment: true, PrivateZone: true }, VPC: true },
  (input, context) => {
    const isPrivate = input.VPC !== undefined;
    if (isPrivate !== (input.HostedZoneConfig?.PrivateZone ?? isPrivate)) {
      refuse('InvalidInput', 'A private hosted zone, and only a private one, is created with a VPC.');
    }
    const name = zoneName(input.Name, isPrivate);
    if (!isPrivate && RESERVED.some((reserved) => name === reserved || name.endsWith(`.${reserved}`))) {
      refuse('InvalidDomainName', `${name} is reserved by AWS!`);
    }
    const { CallerReference: callerReference } = input;
    if (callerReference === '' || callerReference.length > MAX_REFERENCE) {
      refuse('InvalidInput', `The caller reference must have 1 to ${MAX_REFERENCE} characters.`);
    }
    const zones = ownZones(context);
    if (zones.some((zone) => zone.callerReference === callerReference)) {
      refuse(
        'HostedZoneAlreadyExists',
        'A hosted zone has already been created with the specified caller reference.',
        409,
      );
    }
    if (zones.length >= MAX_ZONES) {
      refuse('TooManyHostedZones', `Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones.`);
    }
    const id = `Z0${context.hex(18).toUpperCase()}`;
    const vpc = input.VPC && ownVpc(context, input.VPC);
    if (vpc !== undefined) checkNameIsFree(context.intent, vpc, name);
    const zone: HostedZone = {
      ...shared(context, id),
      kind: 'hostedZone',
      name,
      callerReference,
      comment: input.HostedZoneConfig?.Comment || null,
      nameServers: isPrivate ? PRIVATE_NAME_SERVERS : nameServersFor(id, name, context.intent),
      ...(isPrivate && { isPrivate }),
    };
    const associations = vpc === undefined ? [] : [associationOf(zone, vpc, context)];
    const edits = [zone, ...ownRecords(zone, context), ...associations].map(put);
    return {
      edits,
      output: {
        HostedZone: viewZone(zone, withEdits(context.intent, edits)),
        ChangeInfo: changeInfo(context, true),
        DelegationSet: viewDelegation(zone),
        ...(input.VPC !== undefined && { VPC: input.VPC }),
        Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${id}`,
      },
    };
  },
);

function ownRecords(zone: HostedZone, context: Context): readonly RecordSet[] {
  const record = (type: string, ttlSeconds: number, values: readonly string[]): RecordSet => ({
    ...shared(context, recordSetId(zone.id, zone.name, type)),
    kind: 'recordSet',
    zoneId: zone.id,
    name: zone.name,
    type,
    ttlSeconds,
    values,
  });
  const [first] = zone.nameServers;
  return [
    record(
      'NS',
      NS_TTL_SECONDS,
      zone.nameServers.map((server) => `${server}.`),
    ),
    record('SOA', SOA_TTL_SECONDS, [`${first}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`]),
  ];
}

function shared({ account, now }: Context, id: string): Resource {
  return { id, account, region: '', tags: {}, createdAt: now };
}
