/**
 * What endpoints of the types Resource and ServiceNetwork lead to. Those are refused when they are to be made, so there is
 * nothing to tell: of an endpoint of another type AWS tells nothing either.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointAssociations.html
 */
import type { VpcEndpointAssociation } from '@aws-sdk/client-ec2';
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { findEndpoint } from './state.ts';

const MAX_PAGE = 100;

export const describeVpcEndpointAssociations = ec2Action<'DescribeVpcEndpointAssociations'>(
  { VpcEndpointIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    for (const id of input.VpcEndpointIds ?? []) findEndpoint(context, id);
    const none: readonly VpcEndpointAssociation[] = [];
    const matching = filterItems(none, input.Filters, {
      'vpc-endpoint-id': ({ VpcEndpointId = '' }) => VpcEndpointId,
      'associated-resource-accessibility': ({ AssociatedResourceAccessibility = '' }) =>
        AssociatedResourceAccessibility,
      'association-id': ({ Id = '' }) => Id,
      'associated-resource-id': ({ AssociatedResourceArn = '' }) => AssociatedResourceArn,
      'service-network-arn': ({ ServiceNetworkArn = '' }) => ServiceNetworkArn,
      'resource-configuration-group-arn': ({ ResourceConfigurationGroupArn = '' }) => ResourceConfigurationGroupArn,
      'service-network-resource-association-id': ({ Id = '' }) => Id,
    });
    const { items, next } = page(matching, input, ({ Id = '' }) => Id, { min: 1, max: MAX_PAGE });
    return reply({ VpcEndpointAssociations: [...items], NextToken: next });
  },
);
