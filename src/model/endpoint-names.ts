/**
 * The DNS names of an interface endpoint: one for the region, one for each zone it is in, and the service's own (private)
 * names. Used for describing and by the plan compiler, so that DNS answers what DescribeVpcEndpoints says.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html#interface-endpoint-dns-hostnames
 */
import { type AwsService, baseName, endpointZoneId, findService } from './catalogue.ts';
import { fingerprint } from './fingerprint.ts';
import { isAcrossRegions } from './remote-access.ts';
import type { VpcEndpoint } from './resources.ts';
import { zoneName } from './zones.ts';

export interface EndpointNames {
  /** Public hosted zone of the regional and zonal names. */
  readonly hostedZoneId: string;
  /** Answers the addresses of all zones. A leftmost "*" label is a wildcard (S3). */
  readonly regional: string;
  /** One name for each zone the endpoint is in, sorted by the zone's name. An AWS service of another region has none. */
  readonly zonal: readonly { readonly zoneId: string; readonly name: string }[];
  /**
   * Hidden private zones in AWS's order. Of an AWS service: whether or not private DNS is on now. Of a customer's: the one of
   * the name that the endpoint holds, if it holds one.
   */
  readonly privateZones: readonly PrivateZone[];
}

/** One zone that the endpoint holds in its VPC while private DNS is on; no two endpoints of a VPC can hold the same. */
export interface PrivateZone {
  readonly zone: string;
  readonly hostedZoneId: string;
  /** The zone's own name and, where the service has one, the wildcard below it; of a customer's wildcard name only that. */
  readonly names: readonly string[];
}

/** `zoneIds`: of the subnets the endpoint is in, in any order. */
export function endpointNames(endpoint: VpcEndpoint, zoneIds: Iterable<string>): EndpointNames {
  const { base, star, held } = serviceNames(endpoint);
  const stem = `${star}${endpoint.id}-${endpoint.dnsSuffix}`;
  const hasZonal = endpoint.serviceId !== null || !isAcrossRegions(endpoint);
  const zones = [...new Set(hasZonal ? zoneIds : [])].map((zoneId) => ({
    zoneId,
    zone: zoneName(endpoint.account, zoneId),
  }));
  zones.sort((a, b) => (a.zone < b.zone ? -1 : 1));
  return {
    hostedZoneId: endpointZoneId(endpoint.serviceRegion),
    regional: `${stem}.${base}`,
    zonal: zones.map(({ zoneId, zone }) => ({ zoneId, name: `${stem}-${zone}.${base}` })),
    privateZones: held.map(({ zone, names }) => ({
      zone,
      names,
      hostedZoneId: `Z0${fingerprint(`${endpoint.id}/${zone}`, 18).toUpperCase()}`,
    })),
  };
}

type HeldZone = Pick<PrivateZone, 'zone' | 'names'>;

function serviceNames(endpoint: VpcEndpoint): {
  readonly base: string;
  readonly star: string;
  readonly held: readonly HeldZone[];
} {
  if (endpoint.serviceId !== null) {
    const held = endpoint.privateDnsName === null ? [] : [privateZoneOf(endpoint.privateDnsName)];
    return { base: serviceBaseName(endpoint.serviceId, endpoint.serviceRegion), star: '', held };
  }
  const service = findService(endpoint.serviceName, endpoint.serviceRegion);
  if (service === undefined)
    throw new Error(`${endpoint.id} is of a service that does not exist: ${endpoint.serviceName}`);
  return { base: baseName(service), star: service.wildcardNames ? '*.' : '', held: privateZonesOf(service) };
}

/** The DNS name below which the names of the endpoints of a customer's service are. */
export function serviceBaseName(serviceId: string, region: string): string {
  return `${serviceId}.${region}.vpce.amazonaws.com`;
}

/** "com.amazonaws.vpce.<region>.vpce-svc-…", by which consumers name a customer's service. */
export function customerServiceName(serviceId: string, region: string): string {
  return `com.amazonaws.vpce.${region}.${serviceId}`;
}

/** The zones that an endpoint of this service would hold, for checking conflicts before there is one. */
export function privateZonesOf(service: AwsService): readonly HeldZone[] {
  return service.privateNames.map((name) => {
    const zone = zoneOfName(name);
    return { zone, names: zone === name ? [zone] : [zone, name] };
  });
}

/** The zone for a customer's private name: "*.x" is what lies below x, not x itself. */
export function privateZoneOf(name: string): HeldZone {
  return { zone: zoneOfName(name), names: [name] };
}

function zoneOfName(name: string): string {
  return name.replace(/^\*\./, '');
}
