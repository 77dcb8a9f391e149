/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServiceConfigurations.html */
import { customerServiceName } from '../../../model/endpoint-names.ts';
import { reply } from '../../action.ts';
import { filterResources } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { findShownService, shownServices } from './find-service.ts';
import { serviceState, viewService } from './view.ts';

/** A higher wish is capped, not refused, as AWS documents for this call. */
const MAX_PAGE = 1000;

export const describeVpcEndpointServiceConfigurations = ec2Action<'DescribeVpcEndpointServiceConfigurations'>(
  { ServiceIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const ids = input.ServiceIds ?? [];
    const services = ids.length > 0 ? distinct(ids).map((id) => findShownService(context, id)) : shownServices(context);
    const matching = filterResources(services, input.Filters, {
      'service-name': (service) => customerServiceName(service.id, service.region),
      'service-id': (service) => service.id,
      'service-state': serviceState,
      'supported-ip-address-types': ({ ipAddressTypes }) => ipAddressTypes,
    });
    const limited = { ...input, MaxResults: input.MaxResults && Math.min(input.MaxResults, MAX_PAGE) };
    const { items, next } = page(matching, limited, (service) => service.id, { min: 1, max: MAX_PAGE });
    return reply({ ServiceConfigurations: items.map((service) => viewService(service, context)), NextToken: next });
  },
);
