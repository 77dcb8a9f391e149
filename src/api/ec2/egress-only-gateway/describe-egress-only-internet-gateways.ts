/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeEgressOnlyInternetGateways.html */
import type { EgressOnlyInternetGateway } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { viewEgressOnlyGateway } from './view.ts';

/** Tags only: what every resource can be found by. */
const FIELDS: FilterFields<EgressOnlyInternetGateway> = {};

export const describeEgressOnlyInternetGateways = ec2Action<'DescribeEgressOnlyInternetGateways'>(
  { EgressOnlyInternetGatewayIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = select(context, 'egressOnlyInternetGateway', input.EgressOnlyInternetGatewayIds);
    const { items, next } = page(filterResources(all, input.Filters, FIELDS), input, (gateway) => gateway.id);
    return reply({ EgressOnlyInternetGateways: items.map(viewEgressOnlyGateway), NextToken: next });
  },
);
