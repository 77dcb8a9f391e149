/**
 * Reading, commenting and deleting hosted zones, and their lists. A page's size is capped at 100, not refused.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html
 */
import { put, remove } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import { route53Action } from './action.ts';
import { viewVpc } from './associations.ts';
import { changeInfo, findChange } from './changes.ts';
import { compareText, parseName, reversed, wireName } from './names.ts';
import { pageSize } from './pages.ts';
import { bareId, findZone, ownZones, viewDelegation, viewZone } from './zones.ts';

export const getHostedZone = route53Action<'GetHostedZone'>({ Id: true }, (input, context) => {
  const zone = findZone(context, input.Id);
  const vpcs = context.intent.table('zoneAssociation').by('zoneId', zone.id);
  return reply({
    HostedZone: viewZone(zone, context.intent),
    ...(zone.isPrivate ? { VPCs: vpcs.map(viewVpc) } : { DelegationSet: viewDelegation(zone) }),
  });
});

export const getHostedZoneCount = route53Action<'GetHostedZoneCount'>({}, (_, context) =>
  reply({ HostedZoneCount: ownZones(context).length }),
);

export const updateHostedZoneComment = route53Action<'UpdateHostedZoneComment'>(
  { Id: true, Comment: true },
  (input, context) => {
    const zone = { ...findZone(context, input.Id), comment: input.Comment || null };
    return { edits: [put(zone)], output: { HostedZone: viewZone(zone, context.intent) } };
  },
);

export const deleteHostedZone = route53Action<'DeleteHostedZone'>({ Id: true }, (input, context) => {
  const zone = findZone(context, input.Id);
  const records = context.intent.table('recordSet').by('zoneId', zone.id);
  const isOwn = ({ name, type }: { name: string; type: string }) =>
    name === zone.name && (type === 'NS' || type === 'SOA');
  if (!records.every(isOwn)) {
    refuse(
      'HostedZoneNotEmpty',
      'The specified hosted zone contains non-required resource record sets  and so cannot be deleted.',
    );
  }
  const { intent } = context;
  const bound = [
    ...intent.table('zoneAssociation').by('zoneId', zone.id),
    ...intent.table('zoneAuthorization').by('zoneId', zone.id),
  ];
  return {
    edits: [...records, ...bound, zone].map(remove),
    output: { ChangeInfo: changeInfo(context, true) },
  };
});

/** In the order of their creation. */
export const listHostedZones = route53Action<'ListHostedZones'>(
  { Marker: true, MaxItems: true, HostedZoneType: true },
  (input, context) => {
    // The only type that can be asked for is the private one.
    const zones = ownZones(context).filter((zone) => input.HostedZoneType === undefined || zone.isPrivate);
    const marker = input.Marker ? bareId(input.Marker) : undefined;
    const start = marker === undefined ? 0 : zones.findIndex((zone) => zone.id === marker);
    if (start < 0) refuse('InvalidInput', `The marker ${marker} is not the id of a hosted zone.`);
    const count = pageSize(input.MaxItems);
    const next = zones[start + count];
    return reply({
      HostedZones: zones.slice(start, start + count).map((zone) => viewZone(zone, context.intent)),
      Marker: input.Marker,
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextMarker: next.id }),
      MaxItems: count,
    });
  },
);

/** By name from the right, zones of one name by their ids. */
export const listHostedZonesByName = route53Action<'ListHostedZonesByName'>(
  { DNSName: true, HostedZoneId: true, MaxItems: true },
  (input, context) => {
    const { DNSName: from, HostedZoneId: fromId } = input;
    if (fromId !== undefined && from === undefined) {
      refuse('InvalidInput', 'The input is not valid: HostedZoneId needs DNSName.');
    }
    const name = from === undefined ? '' : parseName(from);
    if (name === undefined) refuse('InvalidDomainName', `The specified domain name, ${from}, is not valid`);
    const start = { key: name === '' ? '' : reversed(name), id: fromId === undefined ? '' : bareId(fromId) };
    const zones = ownZones(context)
      .map((zone) => ({ zone, key: reversed(zone.name), id: zone.id }))
      .sort((a, b) => compareText(a.key, b.key) || compareText(a.id, b.id))
      .filter((each) => (compareText(each.key, start.key) || compareText(each.id, start.id)) >= 0);
    const count = pageSize(input.MaxItems);
    const next = zones[count]?.zone;
    return reply({
      HostedZones: zones.slice(0, count).map(({ zone }) => viewZone(zone, context.intent)),
      ...(from !== undefined && { DNSName: from }),
      ...(fromId !== undefined && { HostedZoneId: fromId }),
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextDNSName: wireName(next.name), NextHostedZoneId: next.id }),
      MaxItems: count,
    });
  },
);

export const getChange = route53Action<'GetChange'>({ Id: true }, (input, context) =>
  reply({ ChangeInfo: findChange(context, input.Id) }),
);
