/**
 * Statistics of one metric, period by period from the start on, the oldest first.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
 */
import type { Datapoint } from '@aws-sdk/client-cloudwatch';
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import { cloudwatchAction } from './action.ts';
import { type Dimension, findMetric } from './metrics.ts';
import { checkPeriod, mostPoints, pointsOf, spanOf, statistic } from './statistics.ts';

const MOST_POINTS = 1440;

export const getMetricStatistics = cloudwatchAction<'GetMetricStatistics'>(
  {
    Namespace: true,
    MetricName: true,
    Dimensions: { Name: true, Value: true },
    StartTime: true,
    EndTime: true,
    Period: true,
    Statistics: true,
    Unit: true,
  },
  (input, context) => {
    const { MetricName: name, Period: period, Statistics: statistics = [], Unit: unit } = input;
    const span = spanOf(input.StartTime, input.EndTime);
    checkPeriod(period, 'Period');
    if (statistics.length === 0) {
      refuse('MissingParameter', 'At least one of the parameters Statistics and ExtendedStatistics must be specified.');
    }
    const most = mostPoints(span, period);
    if (most > MOST_POINTS) {
      refuse(
        'InvalidParameterCombination',
        `You have requested up to ${grouped(most)} datapoints, which exceeds the limit of ${grouped(MOST_POINTS)}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
      );
    }
    const dimensions = (input.Dimensions ?? []) as readonly Dimension[];
    const metric = findMetric(context, { namespace: input.Namespace, name, dimensions });
    if (metric === undefined || (unit !== undefined && unit !== metric.unit)) {
      return reply({ Label: name, Datapoints: [] });
    }
    const points = pointsOf(context, metric, span, period).map(
      (point): Datapoint => ({
        Timestamp: new Date(point.at),
        ...Object.fromEntries(statistics.map((each) => [each, statistic(point, each)])),
        Unit: metric.unit,
      }),
    );
    return reply({ Label: name, Datapoints: points });
  },
);

/** 8640 as "8,640". */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
