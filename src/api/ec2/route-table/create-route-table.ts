/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { RouteTable } from '../../../model/resources.ts';
import { find } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { viewRouteTable } from './view.ts';

export const createRouteTable = ec2Action<'CreateRouteTable'>(
  { VpcId: true, TagSpecifications: true, ClientToken: true },
  (input, context) => {
    const vpc = find(context, 'vpc', input.VpcId);
    if (
      context.intent.table('routeTable').count('vpcId', vpc.id) >= quotaOf(context.intent, 'routeTablesPerVpc', context)
    ) {
      refuse('RouteTableLimitExceeded', 'The maximum number of route tables has been reached.');
    }
    const table: RouteTable = {
      ...newResource(context, 'routeTable', tagsOnCreate(input.TagSpecifications, 'route-table')),
      kind: 'routeTable',
      vpcId: vpc.id,
      routes: [],
    };
    const output = { RouteTable: viewRouteTable(table, context), ClientToken: input.ClientToken };
    return { edits: [put(table)], output };
  },
  (output, context) => ({
    ...output,
    RouteTable: viewRouteTable(find(context, 'routeTable', output.RouteTable?.RouteTableId ?? ''), context),
  }),
);
