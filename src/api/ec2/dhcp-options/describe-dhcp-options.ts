/** The region's default options; others come with their own issue. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html */
import type { DhcpOptions as Shown } from '@aws-sdk/client-ec2';
import type { DhcpOptions } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';

const FIELDS: FilterFields<DhcpOptions> = {
  'dhcp-options-id': (options) => options.id,
  key: (options) => Object.keys(configurations(options)),
  'owner-id': (options) => options.account,
  value: (options) => Object.values(configurations(options)).flat(),
};

export const describeDhcpOptions = ec2Action<'DescribeDhcpOptions'>(
  { DhcpOptionsIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const found = filterResources(select(context, 'dhcpOptions', input.DhcpOptionsIds), input.Filters, FIELDS);
    const { items, next } = page(found, input, (options) => options.id);
    return reply({ DhcpOptions: items.map(viewDhcpOptions), NextToken: next });
  },
);

function viewDhcpOptions(options: DhcpOptions): Shown {
  return {
    DhcpOptionsId: options.id,
    OwnerId: options.account,
    DhcpConfigurations: Object.entries(configurations(options)).map(([Key, values]) => ({
      Key,
      Values: values.map((Value) => ({ Value })),
    })),
    Tags: viewTags(options.tags),
  };
}

function configurations(options: DhcpOptions): Readonly<Record<string, readonly string[]>> {
  return { 'domain-name': [options.domainName], 'domain-name-servers': options.domainNameServers };
}
