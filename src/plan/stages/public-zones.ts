/**
 * What the world's DNS says: of AWS, each public service name is a zone of its own, endpoints' names lie in their region's
 * vpce zone and answer private addresses from anywhere, instances' public names in their region's compute zone, load
 * balancers' in its elb zone; and customers' public hosted zones.
 *
 * The parents amazonaws.com and api.aws are zones without records: an AWS name that nothing here stands behind does not
 * exist (NXDOMAIN). Forwarding it would lead an instance's calls to the real AWS.
 */
import { zoneAffinity } from '../../model/balancer-attributes.ts';
import { balancerNames } from '../../model/balancer-names.ts';
import { publicInstanceName, publicInstanceZone } from '../../model/instance-names.ts';
import type { Intent } from '../../model/intent.ts';
import { publicPairs } from '../../model/public-addresses.ts';
import type { NetworkInterface, Vpc } from '../../model/resources.ts';
import { remember } from '../memo.ts';
import type { Zone, ZoneRecord } from '../plan.ts';
import type { FoundBalancer } from './balancers.ts';
import type { AwsEndpoint, Endpoint } from './endpoints.ts';
import { addHostedZones } from './hosted-zones.ts';
import { MIRROR_ZONE, MIRRORS } from './mirrors.ts';
import type { ServiceEndpoint } from './passages.ts';
import type { AliasTargets } from './record-sets.ts';
import { endpointRecords, recordOf, ZoneSet } from './records.ts';
import { reverseName } from './reverse.ts';
import { type Found, publicNames, regionsInUse } from './services.ts';

const AWS_PARENTS = ['amazonaws.com', 'api.aws'];
const PUBLIC_REVERSE_ZONE = '18.198.in-addr.arpa';

export interface PublicNames {
  readonly zones: ZoneSet;
  /** What aliases of hosted zones lead to. */
  readonly targets: AliasTargets;
}

/** AWS's own names, without customers' zones. */
export function findPublicNames(
  intent: Intent,
  endpoints: { readonly aws: readonly AwsEndpoint[]; readonly customers: readonly ServiceEndpoint[] },
  services: readonly Found[],
  balancers: Iterable<FoundBalancer>,
): PublicNames {
  const zones = new ZoneSet();
  const sick = new Set<string>();
  for (const parent of [...AWS_PARENTS, PUBLIC_REVERSE_ZONE]) zones.zone(parent, []);
  for (const region of regionsInUse(intent)) {
    zones.zone(vpceZone(region), []);
    zones.zone(publicInstanceZone(region), []);
    zones.zone(balancerZone(region), []);
  }
  for (const { name, address } of MIRRORS) zones.add(MIRROR_ZONE, recordOf(name, 'A', [address], []));
  for (const each of services) if (each.isPublic) addService(zones, each);
  for (const each of endpoints.aws) addRecords(zones, vpceZone(each.endpoint.serviceRegion), awsEndpointRecords(each));
  for (const each of endpoints.customers) {
    addRecords(zones, vpceZone(each.endpoint.serviceRegion), serviceEndpointRecords(each));
    for (const name of sickNames(each.names, each.passages)) sick.add(name);
  }
  for (const each of balancers) {
    addRecords(zones, balancerZone(each.resource.region), balancerRecords(each));
    for (const name of sickNames(balancerNames(each.resource), each.nodes)) sick.add(name.toLowerCase());
  }
  for (const { vpc, eni, address } of publicInterfaces(intent)) {
    const name = publicInstanceName(vpc.region, address);
    zones.add(publicInstanceZone(vpc.region), recordOf(name, 'A', [address], [eni.id]));
    zones.add(PUBLIC_REVERSE_ZONE, recordOf(reverseName(address), 'PTR', [name], [eni.id]));
  }
  const zoneOf = (name: string) => zoneOfName.exec(name)?.[0] ?? '';
  return {
    zones,
    targets: {
      find: (name, type) => zones.find(zoneOf(name), name, type),
      isHealthy: (name) => !sick.has(name) && TYPES.some((type) => zones.find(zoneOf(name), name, type) !== undefined),
    },
  };
}
/** Of addresses; an endpoint may have names of one family. */
const TYPES = ['A', 'AAAA'] as const;
const zoneOfName = /(?:[^.]+\.vpce|elb\.[^.]+)\.amazonaws\.com$/;

export function compilePublicZones({ zones, targets }: PublicNames, intent: Intent): readonly Zone[] {
  addHostedZones(zones, intent, targets);
  return zones.zones();
}

/** Of an endpoint or a load balancer: the zonal names of zones where nobody serves, and the regional one where that is all. */
function sickNames(
  names: { readonly regional: string; readonly zonal: readonly { readonly zoneId: string; readonly name: string }[] },
  ways: readonly { readonly zoneId: string; readonly isHealthy: boolean }[],
): readonly string[] {
  const healthy = new Set(ways.filter(({ isHealthy }) => isHealthy).map(({ zoneId }) => zoneId));
  const zonal = names.zonal.filter(({ zoneId }) => !healthy.has(zoneId)).map(({ name }) => name);
  return healthy.size === 0 ? [names.regional, ...zonal] : zonal;
}

/** What has a public name: each public address of an interface in a VPC with DNS hostnames. `own`: the private one of it. */
export function* publicInterfaces(
  intent: Intent,
): Iterable<{ readonly vpc: Vpc; readonly eni: NetworkInterface; readonly address: string; readonly own: string }> {
  for (const eni of intent.table('networkInterface').all()) {
    const vpc = intent.table('vpc').get(eni.vpcId);
    if (!vpc?.dnsSupport || !vpc.dnsHostnames) continue;
    for (const { address, publicAddress } of publicPairs(eni)) yield { vpc, eni, address: publicAddress, own: address };
  }
}

function addService(zones: ZoneSet, { entry, service }: Found): void {
  for (const name of publicNames(entry)) {
    zones.add(name.replace(/^\*\./, ''), recordOf(name, 'A', [service.internetAddress], [entry.name]));
  }
}

function addRecords(zones: ZoneSet, zone: string, records: readonly ZoneRecord[]): void {
  for (const record of records) zones.add(zone, record);
}

const awsEndpointRecords = remember((endpoint: AwsEndpoint) =>
  endpoint.interfaces.flatMap((each) => [...regionalRecord(endpoint, each.eni), ...zonalRecord(endpoint, each)]),
);

/** A zone whose node is unhealthy leaves the regional name; the zonal one stays. */
function serviceEndpointRecords(endpoint: ServiceEndpoint): readonly ZoneRecord[] {
  return endpoint.passages.flatMap((each) => [
    ...(each.isAnswered ? regionalRecord(endpoint, each.eni) : []),
    ...zonalRecord(endpoint, each),
  ]);
}

function regionalRecord(found: Endpoint, eni: NetworkInterface): readonly ZoneRecord[] {
  return endpointRecords(found, found.names.regional, [eni], 'public', [found.endpoint.id]);
}

function zonalRecord(
  found: Endpoint,
  { eni, zoneId }: { readonly eni: NetworkInterface; readonly zoneId: string },
): readonly ZoneRecord[] {
  const zonal = found.names.zonal.find((each) => each.zoneId === zoneId);
  return zonal === undefined ? [] : endpointRecords(found, zonal.name, [eni], 'public', [eni.id, found.endpoint.id]);
}

/**
 * Public addresses where it faces the internet. One without a public address yet is not in DNS. With zone affinity clients inside VPCs
 * are answered the nodes of their own zone, as long as DNS gives any of that zone.
 */
function balancerRecords({ resource, nodes }: FoundBalancer): readonly ZoneRecord[] {
  const names = balancerNames(resource);
  const share = zoneAffinity(resource);
  const places = nodes.flatMap(({ node, node6, zoneId, isAnswered }) => {
    const zonal = names.zonal.find((each) => each.zoneId === zoneId);
    const address = resource.scheme === 'internal' ? node.address : node.publicAddress;
    const addresses = { A: address, AAAA: node6?.address ?? null };
    return zonal === undefined ? [] : [{ zone: zoneId, name: zonal.name, addresses, isAnswered }];
  });
  return (['A', 'AAAA'] as const).flatMap((type) => {
    const found = places.flatMap(({ addresses, ...place }) => {
      const address = addresses[type];
      return address === null ? [] : [{ ...place, values: [address] }];
    });
    const answered = found.filter(({ isAnswered }) => isAnswered);
    const record = (name: string, values: readonly string[]) =>
      recordOf(name.toLowerCase(), type, values, [resource.id]);
    const regional = record(
      names.regional,
      answered.flatMap(({ values }) => values),
    );
    const zones = answered.map(({ zone, values }) => ({ zone, values }));
    return [
      ...(answered.length === 0 ? [] : [share === 0 ? regional : { ...regional, near: { share, zones } }]),
      ...found.map(({ name, values }) => record(name, values)),
    ];
  });
}

function balancerZone(region: string): string {
  return `elb.${region}.amazonaws.com`;
}

function vpceZone(region: string): string {
  return `${region}.vpce.amazonaws.com`;
}
