/**
 * The local route of a block is replaced too, by one to an interface or a NAT gateway, and restored.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { localBlocks } from '../../../model/vpc-blocks.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { destinationOf, refuseEndpointRoute, refuseUnlessLocal, TARGET_READS, targetOf } from './route.ts';

export const replaceRoute = ec2Action<'ReplaceRoute'>(
  {
    RouteTableId: true,
    DestinationCidrBlock: true,
    DestinationIpv6CidrBlock: true,
    DestinationPrefixListId: true,
    ...TARGET_READS,
    LocalTarget: true,
  },
  (input, context) => {
    const destination = destinationOf(context, input);
    const table = find(context, 'routeTable', input.RouteTableId);
    refuseEndpointRoute(
      context,
      table,
      destination,
      'InvalidParameterValue',
      (id) => `cannot replace VPC endpoint route ${id} in route table ${table.id}`,
    );
    if (input.LocalTarget === true) {
      refuseUnlessLocal(context, table, destination, input);
      const routes = table.routes.filter((route) => route.destination !== destination);
      return { edits: [put({ ...table, routes })], output: {} };
    }
    const route = { destination, target: targetOf(context, table, destination, input) };
    const at = table.routes.findIndex((each) => each.destination === destination);
    if (at < 0 && !localBlocks(context.intent, table).includes(destination)) {
      refuse(
        'InvalidParameterValue',
        `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
      );
    }
    const routes = at < 0 ? [...table.routes, route] : table.routes.with(at, route);
    return { edits: [put({ ...table, routes })], output: {} };
  },
);
