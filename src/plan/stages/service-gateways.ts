/**
 * Gateway endpoints become ways to their services' public addresses, and routes: one for each block of the service's prefix
 * list in each of the endpoint's tables.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing
 */
import { awsPrefixListNamed } from '../../model/aws-prefix-lists.ts';
import type { AwsService } from '../../model/catalogue.ts';
import type { VpcEndpoint } from '../../model/resources.ts';
import { rememberWith } from '../memo.ts';
import { sortById } from '../order.ts';
import type { Route, ServiceGateway } from '../plan.ts';
import { linkAddress } from './crossings.ts';
import type { Found } from './services.ts';

export interface GatewayEndpoint {
  readonly endpoint: VpcEndpoint;
  readonly entry: AwsService;
}

export function compileServiceGateways(
  endpoints: readonly GatewayEndpoint[],
  services: readonly Found[],
): readonly ServiceGateway[] {
  const byEntry = new Map(services.map(({ entry, service }) => [entry, service]));
  return sortById(
    endpoints.map(({ endpoint, entry }): ServiceGateway => {
      const service = byEntry.get(entry);
      if (service === undefined) throw new Error(`${endpoint.id} leads to ${entry.name}, which is not found`);
      return {
        id: endpoint.id,
        origin: [endpoint.id, endpoint.serviceName],
        domain: endpoint.vpcId,
        service: service.id,
        address: service.internetAddress,
        port: service.port,
        linkAddress: linkAddress(endpoint.id, endpoint.linkSerial),
      };
    }),
  );
}

/** By route table. */
export function serviceGatewayRoutes(endpoints: readonly GatewayEndpoint[]): ReadonlyMap<string, readonly Route[]> {
  const found = new Map<string, Route[]>();
  for (const { endpoint, entry } of endpoints) {
    for (const table of endpoint.routeTableIds) {
      found.set(table, [...(found.get(table) ?? []), ...routesInto(endpoint, entry)]);
    }
  }
  return found;
}

const routesInto = rememberWith(({ id }: VpcEndpoint, { name, region }: AwsService): readonly Route[] =>
  (awsPrefixListNamed(name, region)?.cidrs ?? []).map((destination) => ({
    destination,
    via: { kind: 'serviceGateway', serviceGateway: id },
  })),
);
