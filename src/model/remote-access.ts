/**
 * Services reached from another region than their own: which of AWS's can be, and in which zones. A customer's service says
 * itself from where (EndpointService.supportedRegions); zones of its consumers and of its load balancers need not match.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html
 */
import { type AwsService, findService, servicesOf } from './catalogue.ts';
import { findRegion } from './regions.ts';
import type { EndpointService, VpcEndpoint } from './resources.ts';

/** Names without "com.amazonaws." and region. */
const REMOTE_SERVICES: ReadonlySet<string> = new Set([
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'iam',
  'kinesis-firehose',
  'kinesisanalytics',
  'kinesisanalytics-fips',
  'kms',
  'kms-fips',
  'lambda',
  'route53',
  's3',
]);

/** Neither endpoints nor load balancers in these take part. */
const EXCLUDED_ZONES: ReadonlySet<string> = new Set(['use1-az3', 'usw1-az2', 'apne1-az3', 'apne2-az2', 'apne2-az4']);

/** Ids of the zones of a region that can take part. */
export function remoteZoneIds(region: string): readonly string[] {
  return (findRegion(region)?.zoneIds ?? []).filter((id) => !EXCLUDED_ZONES.has(id));
}

/** A service of AWS in `region` as endpoints of other regions can use it; undefined: they cannot. */
export function findRemoteService(name: string, region: string): AwsService | undefined {
  const service = findService(name, region);
  return service !== undefined && isRemote(service) ? service : undefined;
}

export function remoteServicesOf(region: string): readonly AwsService[] {
  return servicesOf(region).filter(isRemote);
}

function isRemote({ name, region }: AwsService): boolean {
  return REMOTE_SERVICES.has(name.replace('com.amazonaws.', '').replace(`${region}.`, ''));
}

/** Whether endpoints in `region` can be made of the service. */
export function isOfferedIn(service: EndpointService, region: string): boolean {
  return service.region === region || service.supportedRegions.includes(region);
}

export function isAcrossRegions({ region, serviceRegion }: Pick<VpcEndpoint, 'region' | 'serviceRegion'>): boolean {
  return region !== serviceRegion;
}
