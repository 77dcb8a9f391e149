/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html */
import type { VpcEndpoint } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { filterResources } from '../../shared/filters.ts';
import { own } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { endpointState, findEndpoint, isGone } from './state.ts';
import { viewStoredEndpoint } from './view.ts';

/** A higher wish is capped, not refused, as AWS documents for this call. */
const MAX_PAGE = 1000;

export const describeVpcEndpoints = ec2Action<'DescribeVpcEndpoints'>(
  { VpcEndpointIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const { facts, now } = context;
    const ids = input.VpcEndpointIds ?? [];
    const endpoints =
      ids.length > 0
        ? distinct(ids).map((id) => findEndpoint(context, id))
        : own(context, 'vpcEndpoint').filter((endpoint) => !isGone(endpoint, facts, now));
    const matching = filterResources(endpoints, input.Filters, {
      'ip-address-type': (endpoint) => endpoint.ipAddressType,
      'service-name': (endpoint) => endpoint.serviceName,
      'service-region': (endpoint) => endpoint.serviceRegion,
      'vpc-endpoint-id': (endpoint) => endpoint.id,
      'vpc-endpoint-state': (endpoint) => endpointState(endpoint, facts),
      'vpc-endpoint-type': (endpoint) => endpoint.type,
      'vpc-id': (endpoint) => endpoint.vpcId,
    });
    const limited = { ...input, MaxResults: input.MaxResults && Math.min(input.MaxResults, MAX_PAGE) };
    const { items, next } = page(matching, limited, (endpoint: VpcEndpoint) => endpoint.id, { min: 1, max: MAX_PAGE });
    return reply({ VpcEndpoints: items.map((endpoint) => viewStoredEndpoint(endpoint, context)), NextToken: next });
  },
);
