/** Routes that gateway endpoints have in a route table: they follow from the endpoints and are nowhere stored. */
import { awsPrefixListNamed } from '../../../model/aws-prefix-lists.ts';
import type { Intent } from '../../../model/intent.ts';
import type { RouteTable, VpcEndpoint } from '../../../model/resources.ts';

export interface EndpointRoute {
  readonly prefixListId: string;
  readonly endpointId: string;
}

export function endpointsOfTable(intent: Intent, table: RouteTable): readonly VpcEndpoint[] {
  return intent
    .table('vpcEndpoint')
    .by('routeTableIds', table.id)
    .filter((each) => each.deletedRevision === null);
}

export function endpointRoutes(intent: Intent, table: RouteTable): readonly EndpointRoute[] {
  return endpointsOfTable(intent, table).flatMap((each) => {
    const list = awsPrefixListNamed(each.serviceName, each.region);
    return list === undefined ? [] : [{ prefixListId: list.id, endpointId: each.id }];
  });
}
