/** CloudWatch's actions by their AWS names: what is metered can be read. Metrics of one's own, alarms and dashboards are refused by name. */
import type * as CloudWatch from '@aws-sdk/client-cloudwatch';
import type { ActionTable } from '../action.ts';
import { inOpenRegion } from '../ec2/region-use.ts';
import type { TypedActions } from '../sdk.ts';
import { getMetricData } from './get-metric-data.ts';
import { getMetricStatistics } from './get-metric-statistics.ts';
import { listMetrics } from './list-metrics.ts';

const actions = {
  GetMetricData: getMetricData,
  GetMetricStatistics: getMetricStatistics,
  ListMetrics: listMetrics,
} satisfies TypedActions<typeof CloudWatch>;

export const cloudwatchActions: ActionTable = inOpenRegion(actions);
