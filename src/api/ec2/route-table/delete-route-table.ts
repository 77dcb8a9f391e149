/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { leaveTable } from '../endpoint/gateway.ts';

export const deleteRouteTable = ec2Action<'DeleteRouteTable'>({ RouteTableId: true }, (input, context) => {
  const table = find(context, 'routeTable', input.RouteTableId);
  if (context.intent.table('routeTableAssociation').count('routeTableId', table.id) > 0) {
    refuse('DependencyViolation', `The routeTable '${table.id}' has dependencies and cannot be deleted.`);
  }
  return { edits: [remove(table), ...leaveTable(context.intent, table)], output: {} };
});
