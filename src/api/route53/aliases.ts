/**
 * What an alias may lead to: a record of the same zone and type, or a name of an endpoint or a network load balancer. Those
 * lie in AWS's public zones of a region, whose ids the caller gives.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
 */
import { balancerHostedZoneId, balancerNames } from '../../model/balancer-names.ts';
import { endpointZoneId } from '../../model/catalogue.ts';
import { endpointNames } from '../../model/endpoint-names.ts';
import type { Intent } from '../../model/intent.ts';
import { REGIONS } from '../../model/regions.ts';
import type { HostedZone, RecordSet } from '../../model/resources.ts';
import { wireName } from './names.ts';

/** Both where the name lies elsewhere: then it cannot be found either. */
export function aliasComplaints(record: RecordSet, zone: HostedZone, after: Intent): readonly string[] {
  const { alias, type } = record;
  if (alias === undefined) return [];
  const what = `Tried to create an alias that targets ${wireName(alias.name)}, type ${type} in zone ${alias.zoneId}`;
  const outside = `${what}, but the alias target name does not lie within the target zone`;
  const absent = `${what}, but that target was not found`;
  const parent = alias.zoneId === zone.id ? zone.name : awsZone(alias.zoneId);
  if (parent === undefined || !isWithin(alias.name, parent)) return [outside, absent];
  const isFound =
    alias.zoneId === zone.id
      ? isRecord(after, record, zone, alias.name)
      : (type === 'A' || type === 'AAAA') && isAwsName(after, alias.name);
  return isFound ? [] : [absent];
}

/** Not itself, and not what is only there once for each zone. */
function isRecord(intent: Intent, { id, type }: RecordSet, zone: HostedZone, name: string): boolean {
  const sets = intent.table('recordSet').by('name', name);
  return (
    type !== 'NS' &&
    type !== 'SOA' &&
    sets.some((each) => each.zoneId === zone.id && each.type === type && each.id !== id)
  );
}

function awsZone(zoneId: string): string | undefined {
  for (const { name } of REGIONS) {
    if (zoneId === endpointZoneId(name)) return `${name}.vpce.amazonaws.com`;
    if (zoneId === balancerHostedZoneId(name)) return `elb.${name}.amazonaws.com`;
  }
  return undefined;
}

function isAwsName(intent: Intent, name: string): boolean {
  return isEndpointName(intent, name) || isBalancerName(intent, name);
}

/** Names below a wildcard ("bucket.vpce-…") are there as well. */
function isEndpointName(intent: Intent, name: string): boolean {
  const endpoint = intent.table('vpcEndpoint').get(/(?:^|\.)(vpce-[0-9a-f]{17})-/.exec(name)?.[1] ?? '');
  if (endpoint === undefined || endpoint.deletedRevision !== null) return false;
  const zoneIds = endpoint.subnetIds.flatMap((id) => intent.table('subnet').get(id)?.zoneId ?? []);
  const { regional, zonal } = endpointNames(endpoint, zoneIds);
  return [regional, ...zonal.map((each) => each.name)].some(
    (each) => each === name || (each.startsWith('*.') && name.slice(name.indexOf('.')) === each.slice(1)),
  );
}

function isBalancerName(intent: Intent, name: string): boolean {
  const [, first] = /^(?:[^.]+\.)?(.+)-[0-9a-f]{16}\.elb\./.exec(name) ?? [];
  for (const balancer of first === undefined ? [] : intent.table('loadBalancer').all()) {
    const { regional, zonal } = balancerNames(balancer);
    if ([regional, ...zonal.map((each) => each.name)].some((each) => each.toLowerCase() === name)) return true;
  }
  return false;
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
