/** Routes to internet gateways, egress-only ones and peering connections; other targets come with their own issues. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { MAX_ROUTES_PER_TABLE } from '../limits.ts';
import { destinationOf, TARGET_READS, targetOf } from './route.ts';

export const createRoute = ec2Action<'CreateRoute'>(
  { RouteTableId: true, DestinationCidrBlock: true, DestinationIpv6CidrBlock: true, ...TARGET_READS },
  (input, context) => {
    const destination = destinationOf(input);
    const table = find(context, 'routeTable', input.RouteTableId);
    const target = targetOf(context, table, destination, input);
    if (table.routes.some((route) => route.destination === destination)) {
      refuse('RouteAlreadyExists', `The route identified by ${destination} already exists.`);
    }
    if (table.routes.length >= MAX_ROUTES_PER_TABLE) {
      refuse('RouteLimitExceeded', 'The maximum number of routes has been reached.');
    }
    const routes = [...table.routes, { destination, target }];
    return { edits: [put({ ...table, routes })], output: { Return: true } };
  },
);
