/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { isIpv6 } from '../../../net/ip.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { destinationOf } from './route.ts';

export const deleteRoute = ec2Action<'DeleteRoute'>(
  { RouteTableId: true, DestinationCidrBlock: true, DestinationIpv6CidrBlock: true },
  (input, context) => {
    const destination = destinationOf(input);
    const table = find(context, 'routeTable', input.RouteTableId);
    const vpc = context.intent.table('vpc').get(table.vpcId);
    if (vpc?.cidrs.includes(destination) || vpc?.ipv6Cidrs.includes(destination)) {
      refuse('InvalidParameterValue', `cannot remove local route ${destination} in route table ${table.id}`);
    }
    const routes = table.routes.filter((route) => route.destination !== destination);
    if (routes.length === table.routes.length) {
      refuse(
        'InvalidRoute.NotFound',
        `no route with destination-${isIpv6(destination) ? 'ipv6-' : ''}cidr-block ${destination} in route table ${table.id}`,
      );
    }
    return { edits: [put({ ...table, routes })], output: {} };
  },
);
