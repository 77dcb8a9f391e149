/**
 * The services of AWS that endpoints can lead to, as a function of the region: names, DNS names, what is supported.
 * Pure facts about AWS, not about this installation; which backend answers for a service is not said here.
 * A service's zones are all of its region's but those that AWS documents as missing (more are missing in fact).
 * https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
import {
  EXCEPTIONS,
  GATEWAY_SERVICES,
  GLOBAL_SERVICES,
  GLOBAL_SERVICES_REGION,
  HOSTED_ZONES,
  OTHER_SERVICES,
  REGIONAL_SERVICES,
} from './catalogue-data.ts';
import { fingerprint } from './fingerprint.ts';
import { findRegion } from './regions.ts';

export interface AwsService {
  /** "com.amazonaws.ap-south-1.sqs". */
  readonly name: string;
  readonly region: string;
  /** Short name, by which backends are attached: "sqs", "ecr.api"; the FIPS twin of a service has the same. */
  readonly key: string;
  readonly types: readonly ('Gateway' | 'Interface')[];
  /** What stands before ".<region>.vpce.amazonaws.com" in the names of its endpoints: "sqs", "api.ecr". */
  readonly label: string;
  /**
   * Private DNS names in AWS's order, the first one being "the" name. "*.x" means x and everything below it. Empty: the
   * service has none, so that an endpoint of it cannot have private DNS.
   */
  readonly privateNames: readonly string[];
  /** True where the regional and zonal names of an endpoint are wildcards (S3: bucket.vpce-…, control.vpce-…). */
  readonly wildcardNames: boolean;
  readonly policySupported: boolean;
  readonly zoneIds: readonly string[];
}

const cache = new Map<string, ReadonlyMap<string, AwsService>>();

/** The service of that name where endpoints in `region` can use it. */
export function findService(name: string, region: string): AwsService | undefined {
  return servicesByName(region).get(name);
}

/** All services that endpoints in `region` can use, sorted by name; none where the region is unknown. */
export function servicesOf(region: string): readonly AwsService[] {
  return [...servicesByName(region).values()];
}

/** "vpce-svc-…": stable, one for each service and type of endpoint. */
export function serviceId(service: AwsService, type: 'Gateway' | 'Interface'): string {
  return `vpce-svc-0${fingerprint(`${service.name}/${service.region}/${type}`, 16)}`;
}

/** The DNS name below which the names of a service's endpoints are. */
export function baseName(service: AwsService): string {
  return `${service.label}.${service.region}.vpce.amazonaws.com`;
}

/** The hosted zone of a region's vpce names. Regions whose real one is not known get one of the same form. */
export function endpointZoneId(region: string): string {
  return HOSTED_ZONES[region] ?? `Z0${fingerprint(`${region}.vpce.amazonaws.com`, 18).toUpperCase()}`;
}

function servicesByName(region: string): ReadonlyMap<string, AwsService> {
  const known = cache.get(region);
  if (known !== undefined) return known;
  const zoneIds = findRegion(region)?.zoneIds;
  if (zoneIds === undefined) return new Map();
  const services = rows(region).map((row): AwsService => {
    const exception = EXCEPTIONS[row.exception] ?? {};
    const label = exception.label ?? row.label;
    return {
      name: row.name,
      region,
      key: row.key.replace(/[-.]fips\b/, ''),
      types: words(GATEWAY_SERVICES).includes(row.key) ? ['Gateway', 'Interface'] : ['Interface'],
      label,
      privateNames: (exception.privateNames ?? [row.privateName(label)]).map((name) => inRegion(name, region)),
      wildcardNames: row.key === 's3',
      policySupported: exception.policy ?? true,
      zoneIds: zoneIds.filter((zone) => !exception.missingZones?.includes(zone)),
    };
  });
  services.sort((a, b) => (a.name < b.name ? -1 : 1));
  const byName = new Map(services.map((service) => [service.name, service]));
  cache.set(region, byName);
  return byName;
}

interface Row {
  readonly name: string;
  readonly key: string;
  /** Under which name it is in EXCEPTIONS. */
  readonly exception: string;
  readonly label: string;
  privateName(label: string): string;
}

function rows(region: string): Row[] {
  const regional = words(REGIONAL_SERVICES)
    .flatMap((word) => (word.endsWith('+fips') ? [word.slice(0, -5), `${word.slice(0, -5)}-fips`] : [word]))
    .map((key) => ({
      name: `com.amazonaws.${region}.${key}`,
      key,
      exception: key,
      label: key.split('.').reverse().join('.'),
      privateName: (label: string) => `${label}.${region}.amazonaws.com`,
    }));
  const others = words(OTHER_SERVICES).map((template) => {
    const exception = template.replace('.{region}', '');
    const key = exception
      .split('.')
      .slice(exception.startsWith('aws.sagemaker.') ? 1 : 2)
      .join('.');
    return {
      name: inRegion(template, region),
      key,
      exception,
      label: key,
      privateName: (label: string) => `${label}.${region}.api.aws`,
    };
  });
  const global = region === GLOBAL_SERVICES_REGION ? words(GLOBAL_SERVICES) : [];
  return [
    ...regional,
    ...others,
    ...global.map((name) => {
      const key = name.split('.').slice(2).join('.');
      return { name, key, exception: name, label: key, privateName: (label: string) => `${label}.amazonaws.com` };
    }),
  ];
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function inRegion(template: string, region: string): string {
  return template.replaceAll('{region}', region);
}
