/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html */
import { put } from '../../../model/edit.ts';
import { isListId } from '../../../model/prefix-lists.ts';
import { refuse } from '../../../model/refusal.ts';
import { localBlocks } from '../../../model/vpc-blocks.ts';
import { isIpv6 } from '../../../net/ip.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { destinationOf, refuseEndpointRoute } from './route.ts';

export const deleteRoute = ec2Action<'DeleteRoute'>(
  { RouteTableId: true, DestinationCidrBlock: true, DestinationIpv6CidrBlock: true, DestinationPrefixListId: true },
  (input, context) => {
    const destination = destinationOf(context, input);
    const table = find(context, 'routeTable', input.RouteTableId);
    refuseEndpointRoute(
      context,
      table,
      destination,
      'InvalidParameterValue',
      (id) => `cannot remove VPC endpoint route ${id} in route table ${table.id}`,
    );
    if (localBlocks(context.intent, table).includes(destination)) {
      refuse('InvalidParameterValue', `cannot remove local route ${destination} in route table ${table.id}`);
    }
    const routes = table.routes.filter((route) => route.destination !== destination);
    if (routes.length === table.routes.length) {
      refuse(
        'InvalidRoute.NotFound',
        `no route with destination-${kindOf(destination)} ${destination} in route table ${table.id}`,
      );
    }
    return { edits: [put({ ...table, routes })], output: {} };
  },
);

function kindOf(destination: string): string {
  if (isListId(destination)) return 'prefix-list-id';
  return isIpv6(destination) ? 'ipv6-cidr-block' : 'cidr-block';
}
