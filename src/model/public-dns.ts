/**
 * Which hosted zones the world's DNS leads to. Anybody can make a zone of any name, but a name has one owner: a zone without
 * another above it counts as registered by the first who made it, one below another is found through the NS records there.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-routing-traffic-for-subdomains.html
 */
import type { Intent } from './intent.ts';
import type { HostedZone, RecordSet } from './resources.ts';

/** The zones that answer, one for each name, sorted by name. */
export function delegatedZones(intent: Intent): readonly HostedZone[] {
  const zones = [...intent.table('hostedZone').all()].filter((zone) => !zone.isPrivate);
  const names = [...new Set(zones.map((zone) => zone.name))].sort();
  return names.flatMap((name) => zoneNamed(intent, name, zoneAbove(intent, name)) ?? []);
}

/** The zone of exactly this name that answers; undefined: none, or nothing leads to it. `parent`: the one that answers above it. */
function zoneNamed(intent: Intent, name: string, parent: HostedZone | undefined): HostedZone | undefined {
  const candidates = intent
    .table('hostedZone')
    .by('name', name)
    .filter((zone) => !zone.isPrivate);
  if (candidates.length === 0 || isAwsName(name)) return undefined;
  if (parent === undefined) return candidates[0];
  const delegation = recordSet(intent, parent, name, 'NS')?.values.map(bare) ?? [];
  return candidates.find((zone) => zone.nameServers.some((server) => delegation.includes(server)));
}

/** AWS's own names and public addresses are delegated to nobody, whoever makes a zone for them. */
function isAwsName(name: string): boolean {
  return AWS_ZONES.some((zone) => name === zone || name.endsWith(`.${zone}`));
}
const AWS_ZONES = ['amazonaws.com', 'api.aws', 'compute.internal', 'ec2.internal', 'in-addr.arpa', 'ip6.arpa'];

/** The closest zone that answers for the name: its own, or one above it. */
export function zoneAnswering(intent: Intent, name: string): HostedZone | undefined {
  const parent = zoneAbove(intent, name);
  return zoneNamed(intent, name, parent) ?? parent;
}

/** What public DNS has under exactly this name. Wildcards and aliases (CNAME) are not followed. */
export function publicRecords(intent: Intent, name: string, type: string): RecordSet | undefined {
  const zone = zoneAnswering(intent, name);
  return zone && recordSet(intent, zone, name, type);
}

function zoneAbove(intent: Intent, name: string): HostedZone | undefined {
  const dot = name.indexOf('.');
  return dot < 0 ? undefined : zoneAnswering(intent, name.slice(dot + 1));
}

function recordSet(intent: Intent, zone: HostedZone, name: string, type: string): RecordSet | undefined {
  return intent.table('recordSet').get(recordSetId(zone.id, name, type));
}

export function recordSetId(zoneId: string, name: string, type: string, setIdentifier?: string): string {
  return `${zoneId}/${name}/${type}${setIdentifier === undefined ? '' : `/${setIdentifier}`}`;
}

function bare(server: string): string {
  return server.toLowerCase().replace(/\.$/, '');
}
