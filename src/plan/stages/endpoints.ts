/**
 * Living endpoints with what several stages ask of them: their names, and interfaces with their zones. Those of AWS's services
 * stand apart from those of customers' services, and gateway endpoints from both: each goes another way.
 */
import { type AwsService, findService } from '../../model/catalogue.ts';
import { type EndpointNames, endpointNames } from '../../model/endpoint-names.ts';
import type { Intent } from '../../model/intent.ts';
import type { NetworkInterface, VpcEndpoint } from '../../model/resources.ts';
import type { GatewayEndpoint } from './service-gateways.ts';

export interface Endpoint {
  readonly endpoint: VpcEndpoint;
  readonly names: EndpointNames;
  readonly interfaces: readonly { readonly eni: NetworkInterface; readonly zoneId: string }[];
}

export interface AwsEndpoint extends Endpoint {
  readonly entry: AwsService;
}

export interface Endpoints {
  readonly aws: readonly AwsEndpoint[];
  readonly customers: readonly Endpoint[];
  readonly gateways: readonly GatewayEndpoint[];
}

export function findEndpoints(intent: Intent): Endpoints {
  const aws: AwsEndpoint[] = [];
  const customers: Endpoint[] = [];
  const gateways: GatewayEndpoint[] = [];
  for (const endpoint of intent.table('vpcEndpoint').all()) {
    if (endpoint.deletedRevision !== null) continue;
    if (endpoint.type === 'Gateway') {
      gateways.push({ endpoint, entry: awsEntry(endpoint) });
      continue;
    }
    const found = endpointOf(intent, endpoint);
    if (isAws(found)) aws.push(found);
    else customers.push(found);
  }
  return { aws, customers, gateways };
}

function isAws(endpoint: Endpoint): endpoint is AwsEndpoint {
  return 'entry' in endpoint;
}

/** The same object as long as nothing in it is another, so that what later stages make of it can be kept. */
const known = new WeakMap<VpcEndpoint, Endpoint>();

function endpointOf(intent: Intent, endpoint: VpcEndpoint): Endpoint {
  const interfaces = intent
    .table('networkInterface')
    .by('vpcEndpointId', endpoint.id)
    .map((eni) => ({ eni, zoneId: zoneOf(intent, eni) }));
  const before = known.get(endpoint);
  if (before !== undefined && isEqual(before.interfaces, interfaces)) return before;
  const names = endpointNames(
    endpoint,
    interfaces.map(({ zoneId }) => zoneId),
  );
  const made = { endpoint, interfaces, names, ...entryOf(endpoint) };
  known.set(endpoint, made);
  return made;
}

function entryOf(endpoint: VpcEndpoint): { readonly entry: AwsService } | undefined {
  return endpoint.serviceId === null ? { entry: awsEntry(endpoint) } : undefined;
}

function awsEntry(endpoint: VpcEndpoint): AwsService {
  const entry = findService(endpoint.serviceName, endpoint.serviceRegion);
  if (entry === undefined) throw new Error(`${endpoint.id} names ${endpoint.serviceName}, unknown to the catalogue`);
  return entry;
}

function isEqual(a: Endpoint['interfaces'], b: Endpoint['interfaces']): boolean {
  return a.length === b.length && a.every(({ eni, zoneId }, at) => eni === b[at]?.eni && zoneId === b[at]?.zoneId);
}

function zoneOf(intent: Intent, eni: NetworkInterface): string {
  const subnet = intent.table('subnet').get(eni.subnetId);
  if (subnet === undefined) throw new Error(`${eni.id} lies in ${eni.subnetId}, which does not exist`);
  return subnet.zoneId;
}
