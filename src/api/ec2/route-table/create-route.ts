/** A route to whatever ./route.ts lets be a target. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { localBlocks } from '../../../model/vpc-blocks.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { fitsRoutes } from './room.ts';
import { destinationOf, refuseEndpointRoute, TARGET_READS, targetOf } from './route.ts';

export const createRoute = ec2Action<'CreateRoute'>(
  {
    RouteTableId: true,
    DestinationCidrBlock: true,
    DestinationIpv6CidrBlock: true,
    DestinationPrefixListId: true,
    ...TARGET_READS,
  },
  (input, context) => {
    const destination = destinationOf(context, input);
    const table = find(context, 'routeTable', input.RouteTableId);
    refuseEndpointRoute(
      context,
      table,
      destination,
      'RouteAlreadyExists',
      (id) => `route table ${table.id} already has a route with destination-prefix-list-id ${id}`,
    );
    const target = targetOf(context, table, destination, input);
    const taken = [...localBlocks(context.intent, table), ...table.routes.map((route) => route.destination)];
    if (taken.includes(destination)) {
      refuse('RouteAlreadyExists', `The route identified by ${destination} already exists.`);
    }
    const routes = [...table.routes, { destination, target }];
    if (!fitsRoutes(context.intent, { ...table, routes })) {
      refuse('RouteLimitExceeded', 'The maximum number of routes has been reached.');
    }
    return { edits: [put({ ...table, routes })], output: { Return: true } };
  },
);
