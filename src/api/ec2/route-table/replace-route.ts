/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { destinationOf, refuseEndpointRoute, TARGET_READS, targetOf } from './route.ts';

export const replaceRoute = ec2Action<'ReplaceRoute'>(
  {
    RouteTableId: true,
    DestinationCidrBlock: true,
    DestinationIpv6CidrBlock: true,
    DestinationPrefixListId: true,
    ...TARGET_READS,
    LocalTarget: [false],
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
    const target = targetOf(context, table, destination, input);
    if (!table.routes.some((route) => route.destination === destination)) {
      refuse(
        'InvalidParameterValue',
        `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
      );
    }
    const routes = table.routes.map((route) => (route.destination === destination ? { destination, target } : route));
    return { edits: [put({ ...table, routes })], output: {} };
  },
);
