/** Living interface endpoints with what several stages ask of them: their service, names, and interfaces with their zones. */
import { type AwsService, findService } from '../../model/catalogue.ts';
import { type EndpointNames, endpointNames } from '../../model/endpoint-names.ts';
import type { Intent } from '../../model/intent.ts';
import type { NetworkInterface, VpcEndpoint } from '../../model/resources.ts';

export interface Endpoint {
  readonly endpoint: VpcEndpoint;
  readonly entry: AwsService;
  readonly names: EndpointNames;
  readonly interfaces: readonly { readonly eni: NetworkInterface; readonly zoneId: string }[];
}

export function findEndpoints(intent: Intent): readonly Endpoint[] {
  return [...intent.table('vpcEndpoint').all()]
    .filter((endpoint) => endpoint.deletedRevision === null)
    .map((endpoint) => endpointOf(intent, endpoint));
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
  const entry = findService(endpoint.serviceName, endpoint.region);
  if (entry === undefined) throw new Error(`${endpoint.id} names ${endpoint.serviceName}, unknown to the catalogue`);
  const names = endpointNames(
    endpoint,
    interfaces.map(({ zoneId }) => zoneId),
  );
  const made = { endpoint, entry, interfaces, names };
  known.set(endpoint, made);
  return made;
}

function isEqual(a: Endpoint['interfaces'], b: Endpoint['interfaces']): boolean {
  return a.length === b.length && a.every(({ eni, zoneId }, at) => eni === b[at]?.eni && zoneId === b[at]?.zoneId);
}

function zoneOf(intent: Intent, eni: NetworkInterface): string {
  const subnet = intent.table('subnet').get(eni.subnetId);
  if (subnet === undefined) throw new Error(`${eni.id} lies in ${eni.subnetId}, which does not exist`);
  return subnet.zoneId;
}
