/** Hosted zones by id, as they are told, and the four name servers of each. */
import type { DelegationSet, HostedZone as View } from '@aws-sdk/client-route-53';
import { fingerprint } from '../../model/fingerprint.ts';
import type { Intent } from '../../model/intent.ts';
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type { HostedZone } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { wireName } from './names.ts';

/** Clients give ids as they were told them, with what kind of thing they are in front. */
export function bareId(id: string): string {
  return id.replace(/^\/?(hostedzone|change)\//, '');
}

/** The caller's own. */
export function findZone(context: Context, id: string): HostedZone {
  const zone = context.intent.table('hostedZone').get(bareId(id));
  if (zone === undefined || zone.account !== context.account) {
    refuse('NoSuchHostedZone', `No hosted zone found with ID: ${bareId(id)}`, 404);
  }
  return zone;
}

/** All of the caller's own, in the order of their creation. */
export function ownZones({ intent, account }: Context): readonly HostedZone[] {
  return intent.table('hostedZone').by('owner', owner(account, ''));
}

export function viewZone(zone: HostedZone, intent: Intent): View {
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: wireName(zone.name),
    CallerReference: zone.callerReference,
    Config: { ...(zone.comment !== null && { Comment: zone.comment }), PrivateZone: zone.isPrivate ?? false },
    ResourceRecordSetCount: intent.table('recordSet').count('zoneId', zone.id),
  };
}

/** Nobody is delegated to a private zone. */
export function viewDelegation(zone: HostedZone): DelegationSet | undefined {
  return zone.isPrivate ? undefined : { NameServers: [...zone.nameServers] };
}

/** What every private zone's NS and SOA records name. */
export const PRIVATE_NAME_SERVERS: readonly string[] = [
  'ns-1536.awsdns-00.co.uk',
  'ns-0.awsdns-00.com',
  'ns-1024.awsdns-00.org',
  'ns-512.awsdns-00.net',
];

const TOP_LEVELS = ['com', 'net', 'org', 'co.uk'];
const SERVERS_PER_TOP_LEVEL = 512;

/** Drawn from the zone's id, again while a zone of the same name has one of them: who is delegated to must be clear. */
export function nameServersFor(id: string, name: string, intent: Intent): readonly string[] {
  const taken = new Set(
    intent
      .table('hostedZone')
      .by('name', name)
      .flatMap((zone) => zone.nameServers),
  );
  for (let round = 0; ; round++) {
    const drawn = TOP_LEVELS.map((top, at) => {
      const digits = fingerprint(`${id}/${round}/${top}`, 8);
      const number = at * SERVERS_PER_TOP_LEVEL + (Number.parseInt(digits, 16) % SERVERS_PER_TOP_LEVEL);
      return `ns-${number}.awsdns-${String((number >> 3) & 63).padStart(2, '0')}.${top}`;
    });
    if (drawn.every((server) => !taken.has(server))) return drawn;
    if (round > 10 * SERVERS_PER_TOP_LEVEL) {
      refuse('DelegationSetNotAvailable', 'There are no name servers left for another hosted zone of this name.');
    }
  }
}
