/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServicePermissions.html */
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { page } from '../../shared/pages.ts';
import { viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { findShownService } from './find-service.ts';
import { principalType } from './principals.ts';
import { viewPermission } from './view-permission.ts';

/** A higher wish is capped, not refused, as AWS documents for this call. */
const MAX_PAGE = 1000;

export const describeVpcEndpointServicePermissions = ec2Action<'DescribeVpcEndpointServicePermissions'>(
  { ServiceId: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const { id } = findShownService(context, input.ServiceId);
    const permissions = context.intent.table('servicePermission').by('serviceId', id);
    const matching = filterItems(permissions, input.Filters, {
      principal: (permission) => permission.principal,
      'principal-type': (permission) => principalType(permission.principal),
    });
    const limited = { ...input, MaxResults: input.MaxResults && Math.min(input.MaxResults, MAX_PAGE) };
    const { items, next } = page(matching, limited, (permission) => permission.id, { min: 1, max: MAX_PAGE });
    return reply({
      AllowedPrincipals: items.map((permission) => ({
        ...viewPermission(permission),
        Tags: viewTags(permission.tags),
      })),
      NextToken: next,
    });
  },
);
