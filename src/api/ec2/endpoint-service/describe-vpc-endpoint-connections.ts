/**
 * The endpoints that lead to the caller's services. AWS documents a filter vpc-endpoint-id and refuses it; so does this.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointConnections.html
 */
import type { VpcEndpointConnection } from '@aws-sdk/client-ec2';
import type { EndpointService, VpcEndpoint } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { dateOf } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { endpointState, wireState } from '../endpoint/state.ts';
import { viewDnsEntries } from '../endpoint/view.ts';
import { connectionsOf, shownServices } from './find-service.ts';

/** A higher wish is capped, not refused, as AWS documents for this call. */
const MAX_PAGE = 1000;

interface Connection {
  readonly service: EndpointService;
  readonly endpoint: VpcEndpoint;
}

export const describeVpcEndpointConnections = ec2Action<'DescribeVpcEndpointConnections'>(
  { Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const connections = shownServices(context).flatMap((service) =>
      connectionsOf(service, context).map((endpoint): Connection => ({ service, endpoint })),
    );
    const matching = filterItems(connections, input.Filters, {
      'ip-address-type': ({ endpoint }) => endpoint.ipAddressType,
      'service-id': ({ service }) => service.id,
      'vpc-endpoint-owner': ({ endpoint }) => endpoint.account,
      'vpc-endpoint-region': ({ endpoint }) => endpoint.region,
      'vpc-endpoint-state': ({ endpoint }) => endpointState(endpoint, context.facts),
    });
    const limited = { ...input, MaxResults: input.MaxResults && Math.min(input.MaxResults, MAX_PAGE) };
    const { items, next } = page(matching, limited, ({ endpoint }) => endpoint.id, { min: 1, max: MAX_PAGE });
    return reply({ VpcEndpointConnections: items.map((each) => viewConnection(each, context)), NextToken: next });
  },
);

function viewConnection({ service, endpoint }: Connection, context: Context): VpcEndpointConnection {
  return {
    ServiceId: service.id,
    VpcEndpointId: endpoint.id,
    VpcEndpointOwner: endpoint.account,
    VpcEndpointState: wireState(endpointState(endpoint, context.facts)),
    CreationTimestamp: dateOf(endpoint.createdAt),
    DnsEntries: viewDnsEntries(endpoint, context),
    NetworkLoadBalancerArns: [...service.loadBalancerIds],
    IpAddressType: endpoint.ipAddressType,
    ...(endpoint.connectionId !== null && { VpcEndpointConnectionId: endpoint.connectionId }),
    // A connection's tags are its own, not the endpoint's; it cannot be tagged here.
    Tags: [],
    VpcEndpointRegion: endpoint.region,
  };
}
