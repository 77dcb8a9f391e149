/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html */
import type { DhcpOptions } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { configurationsOf } from './configurations.ts';
import { viewDhcpOptions } from './view.ts';

const FIELDS: FilterFields<DhcpOptions> = {
  'dhcp-options-id': (options) => options.id,
  key: (options) => configurationsOf(options).map(({ Key }) => Key),
  'owner-id': (options) => options.account,
  value: (options) => configurationsOf(options).flatMap(({ Values = [] }) => Values.map(({ Value }) => Value)),
};

export const describeDhcpOptions = ec2Action<'DescribeDhcpOptions'>(
  { DhcpOptionsIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const found = filterResources(select(context, 'dhcpOptions', input.DhcpOptionsIds), input.Filters, FIELDS);
    const { items, next } = page(found, input, (options) => options.id);
    return reply({ DhcpOptions: items.map(viewDhcpOptions), NextToken: next });
  },
);
