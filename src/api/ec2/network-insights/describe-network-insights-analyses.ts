/** By their ids, by path, by the time of their start, or all. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInsightsAnalyses.html */
import type { NetworkInsightsAnalysis } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { find, select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { INSIGHTS_PAGES } from './pages.ts';
import { statusOf, viewAnalysis } from './view-analysis.ts';

const FIELDS: FilterFields<NetworkInsightsAnalysis> = {
  'path-found': ({ result }) => (result?.state === 'succeeded' ? result.isFound : undefined),
  status: statusOf,
};

export const describeNetworkInsightsAnalyses = ec2Action<'DescribeNetworkInsightsAnalyses'>(
  {
    NetworkInsightsAnalysisIds: true,
    NetworkInsightsPathId: true,
    AnalysisStartTime: true,
    AnalysisEndTime: true,
    Filters: true,
    MaxResults: true,
    NextToken: true,
  },
  (input, context) => {
    const { NetworkInsightsPathId: pathId, AnalysisStartTime: from, AnalysisEndTime: to } = input;
    const path = pathId === undefined ? undefined : find(context, 'networkInsightsPath', pathId);
    const all = select(context, 'networkInsightsAnalysis', input.NetworkInsightsAnalysisIds).filter((each) => {
      const at = Date.parse(each.createdAt);
      const isInTime = at >= (from?.getTime() ?? at) && at <= (to?.getTime() ?? at);
      return isInTime && (path === undefined || each.pathId === path.id);
    });
    const { items, next } = page(filterResources(all, input.Filters, FIELDS), input, ({ id }) => id, INSIGHTS_PAGES);
    return reply({ NetworkInsightsAnalyses: items.map(viewAnalysis), NextToken: next });
  },
);
