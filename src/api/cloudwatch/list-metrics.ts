/**
 * Metrics that had a point in the last two weeks, by namespace, name and dimensions; 500 a page.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
 */
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import { page } from '../shared/pages.ts';
import { cloudwatchAction } from './action.ts';
import { idOf, metricsOf } from './metrics.ts';

const PAGE = 500;
const MOST_FILTERS = 10;
const LISTED_MS = 14 * 24 * 3_600_000;
const RECENT_MS = 3 * 3_600_000;

export const listMetrics = cloudwatchAction<'ListMetrics'>(
  {
    Namespace: true,
    MetricName: true,
    Dimensions: { Name: true, Value: true },
    NextToken: true,
    RecentlyActive: ['PT3H'],
    IncludeLinkedAccounts: [false],
  },
  (input, context) => {
    const { Namespace: namespace, MetricName: name, Dimensions: filters = [] } = input;
    if (filters.length > MOST_FILTERS) {
      refuse('ValidationError', `The collection Dimensions must not have a size greater than ${MOST_FILTERS}.`);
    }
    const since = Date.parse(context.now) - (input.RecentlyActive === undefined ? LISTED_MS : RECENT_MS);
    const found = metricsOf(context.metrics.metered(), context).filter(
      (metric) =>
        metric.latest >= since &&
        (namespace === undefined || metric.namespace === namespace) &&
        (name === undefined || metric.name === name) &&
        filters.every(({ Name, Value }) =>
          metric.dimensions.some((each) => each.Name === Name && (Value === undefined || each.Value === Value)),
        ),
    );
    const { items, next } = page(found, { MaxResults: PAGE, NextToken: input.NextToken }, idOf, {
      min: 1,
      max: PAGE,
      badToken: () => refuse('InvalidParameterValue', 'Invalid nextToken'),
    });
    return reply({
      Metrics: items.map((metric) => ({
        Namespace: metric.namespace,
        MetricName: metric.name,
        Dimensions: [...metric.dimensions],
      })),
      ...(next !== undefined && { NextToken: next }),
    });
  },
);
