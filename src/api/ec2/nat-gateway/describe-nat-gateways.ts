/** Those that were deleted or failed are told for an hour. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html */
import type { NatGateway } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { selectShown } from '../life.ts';
import { natGatewayState, viewNatGateway } from './view.ts';

const fields = ({ facts }: Context): FilterFields<NatGateway> => ({
  'nat-gateway-id': ({ id }) => id,
  state: (gateway) => natGatewayState(gateway, facts),
  'subnet-id': ({ subnetId }) => subnetId,
  'vpc-id': ({ vpcId }) => vpcId,
});

export const describeNatGateways = ec2Action<'DescribeNatGateways'>(
  { NatGatewayIds: true, Filter: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = selectShown(context, 'natGateway', input.NatGatewayIds);
    const { items, next } = page(filterResources(all, input.Filter, fields(context)), input, ({ id }) => id);
    return reply({ NatGateways: items.map((each) => viewNatGateway(each, context)), NextToken: next });
  },
);
