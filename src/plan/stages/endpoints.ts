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
    .map((endpoint) => {
      const entry = findService(endpoint.serviceName, endpoint.region);
      if (entry === undefined)
        throw new Error(`${endpoint.id} names ${endpoint.serviceName}, unknown to the catalogue`);
      const interfaces = intent
        .table('networkInterface')
        .by('vpcEndpointId', endpoint.id)
        .map((eni) => ({ eni, zoneId: zoneOf(intent, eni) }));
      return {
        endpoint,
        entry,
        interfaces,
        names: endpointNames(
          endpoint,
          interfaces.map(({ zoneId }) => zoneId),
        ),
      };
    });
}

function zoneOf(intent: Intent, eni: NetworkInterface): string {
  const subnet = intent.table('subnet').get(eni.subnetId);
  if (subnet === undefined) throw new Error(`${eni.id} lies in ${eni.subnetId}, which does not exist`);
  return subnet.zoneId;
}
