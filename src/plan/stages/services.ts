/**
 * The AWS services that somebody can reach: those that a crossing or a gateway endpoint leads to, and in every region in use those with a backend,
 * which stand in the internet under their public names. A service without a backend that only a crossing leads to is listed
 * too: its edge answers with an error that says how to attach one.
 */
import { type AwsService, baseName, servicesOf } from '../../model/catalogue.ts';
import { EMBEDDED_SERVICES } from '../../model/embedded-services.ts';
import type { Intent } from '../../model/intent.ts';
import { compareText, sortById } from '../order.ts';
import type { Service } from '../plan.ts';
import type { AwsEndpoint, Endpoints } from './endpoints.ts';
import { internetAddress, serviceAddress, serviceAddress6 } from './service-addresses.ts';

const EMBEDDED: ReadonlySet<string> = new Set(EMBEDDED_SERVICES);
const CONTROL: ReadonlySet<string> = new Set([
  'acm',
  'ec2',
  'elasticloadbalancing',
  'events',
  'iam',
  'monitoring',
  'route53',
  'servicequotas',
  'sts',
]);
/** IAM, and the global name of STS, stand in this region whichever ones are in use. */
const GLOBAL_REGION = 'us-east-1';
const GLOBAL_KEYS: ReadonlySet<string> = new Set(['iam', 'route53', 'sts']);
/** Public ones that no endpoint has: SDKs that know their account call DynamoDB by it. */
const FURTHER_NAMES: Readonly<Record<string, readonly string[]>> = { dynamodb: ['*.ddb.{region}.amazonaws.com'] };
const GLOBAL_NAMES: Readonly<Record<string, readonly string[]>> = { sts: ['sts.amazonaws.com'] };

/** What stands before an S3 endpoint's own names. */
const PREFIXES = ['accesspoint', 'bucket', 'control'];

/** A service of the Plan with the catalogue's entry that it came from. */
export interface Found {
  readonly entry: AwsService;
  readonly service: Service;
  /** True where it has a public name in the internet. */
  readonly isPublic: boolean;
}

export function findServices(intent: Intent, { aws, gateways }: Endpoints): readonly Found[] {
  const published = publicServices(intent);
  const wildcards = wildcardNames(aws);
  const reached = [...published, ...[...aws, ...gateways].map(({ entry }) => entry)];
  const withIpv6 = new Set(
    aws
      .filter(({ interfaces }) => interfaces.some(({ eni }) => eni.ipv6Addresses.length > 0))
      .map(({ entry }) => idOf(entry)),
  );
  const entries = new Map(reached.map((entry) => [idOf(entry), entry]));
  const isPublic = new Set(published.map(idOf));
  return [...entries]
    .sort(([a], [b]) => compareText(a, b))
    .map(([id, entry]) => ({
      entry,
      isPublic: isPublic.has(id),
      service: {
        ...serviceOf(intent, id, entry, wildcards.get(id) ?? []),
        serviceAddress6: withIpv6.has(id) ? serviceAddress6(entry) : null,
      },
    }));
}

export function compileServices(found: readonly Found[]): readonly Service[] {
  return sortById(found.map(({ service }) => service));
}

/** Public DNS names of a service, without wildcard shorthand: "*.x" of the catalogue is x and *.x here. */
export function publicNames(entry: AwsService): readonly string[] {
  const names = entry.privateNames.flatMap((name) => (name.startsWith('*.') ? [name.slice(2), name] : [name]));
  if (entry.name.includes('-fips')) return names;
  const further = (FURTHER_NAMES[entry.key] ?? []).map((name) => name.replace('{region}', entry.region));
  return [...names, ...further, ...(entry.region === GLOBAL_REGION ? (GLOBAL_NAMES[entry.key] ?? []) : [])];
}

function publicServices(intent: Intent): readonly AwsService[] {
  const attached = [...intent.table('serviceBackend').all()].map(({ id }) => id);
  const keys = new Set([...EMBEDDED, ...CONTROL, ...attached]);
  return [
    ...[...regionsInUse(intent)].flatMap((region) => servicesOf(region).filter(({ key }) => keys.has(key))),
    ...servicesOf(GLOBAL_REGION).filter(({ key }) => GLOBAL_KEYS.has(key)),
  ];
}

export function regionsInUse(intent: Intent): ReadonlySet<string> {
  return new Set([...intent.table('vpc').all(), ...intent.table('regionUse').all()].map(({ region }) => region));
}

/** A name of a service that all regions share is told apart by the region. */
function idOf({ name, region }: AwsService): string {
  return name.split('.').includes(region) || region === GLOBAL_REGION ? name : `${name}/${region}`;
}

function serviceOf(
  intent: Intent,
  id: string,
  entry: AwsService,
  wildcards: readonly string[],
): Omit<Service, 'serviceAddress6'> {
  const names = [...publicNames(entry), ...(entry.wildcardNames ? wildcards : [`*.${baseName(entry)}`])];
  return {
    id,
    origin: [entry.name],
    service: entry.key,
    region: entry.region,
    serviceAddress: serviceAddress(entry),
    internetAddress: internetAddress(entry),
    port: 443,
    names: [...new Set(names)].sort(compareText),
    backend: backendOf(intent, entry.key),
  };
}

/** What was attached comes before what is built in. */
function backendOf(intent: Intent, key: string): Service['backend'] {
  const attached = intent.table('serviceBackend').get(key);
  if (attached !== undefined) return { kind: 'url', url: attached.url };
  if (EMBEDDED.has(key)) return { kind: 'embedded' };
  return CONTROL.has(key) ? { kind: 'control' } : null;
}

/**
 * Names like *.vpce-….s3.…: a wildcard of a certificate stands for one label, so each endpoint's own has to be in it, and what
 * stands below its prefixes: my-bucket.bucket.vpce-….
 */
function wildcardNames(endpoints: readonly AwsEndpoint[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { entry, names } of endpoints) {
    if (!entry.wildcardNames) continue;
    const list = found.get(idOf(entry)) ?? [];
    for (const own of [names.regional, ...names.zonal.map(({ name }) => name)]) {
      list.push(own, ...PREFIXES.map((prefix) => own.replace(/^\*\./, `*.${prefix}.`)));
    }
    found.set(idOf(entry), list);
  }
  return found;
}
