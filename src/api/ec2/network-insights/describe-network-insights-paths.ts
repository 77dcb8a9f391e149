/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInsightsPaths.html */
import type { NetworkInsightsPath } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { INSIGHTS_PAGES } from './pages.ts';
import { viewPath } from './view-path.ts';

const FIELDS: FilterFields<NetworkInsightsPath> = {
  destination: ({ destination }) => destination,
  protocol: ({ protocol }) => protocol,
  source: ({ source }) => source,
};

export const describeNetworkInsightsPaths = ec2Action<'DescribeNetworkInsightsPaths'>(
  { NetworkInsightsPathIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = select(context, 'networkInsightsPath', input.NetworkInsightsPathIds);
    const { items, next } = page(filterResources(all, input.Filters, FIELDS), input, ({ id }) => id, INSIGHTS_PAGES);
    return reply({ NetworkInsightsPaths: items.map(viewPath), NextToken: next });
  },
);
