/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html */
import type { InternetGateway } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { viewInternetGateway } from './view.ts';

const FIELDS: FilterFields<InternetGateway> = {
  'attachment.state': (gateway) => (gateway.vpcId === null ? [] : 'available'),
  'attachment.vpc-id': (gateway) => gateway.vpcId,
  'internet-gateway-id': (gateway) => gateway.id,
  'owner-id': (gateway) => gateway.account,
};

export const describeInternetGateways = ec2Action<'DescribeInternetGateways'>(
  { InternetGatewayIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const found = filterResources(select(context, 'internetGateway', input.InternetGatewayIds), input.Filters, FIELDS);
    const { items, next } = page(found, input, (gateway) => gateway.id);
    return reply({ InternetGateways: items.map(viewInternetGateway), NextToken: next });
  },
);
