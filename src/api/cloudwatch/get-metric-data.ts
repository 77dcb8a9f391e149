/**
 * Points of up to 500 metrics, the newest first unless asked otherwise, page by page. Math and Metrics Insights are refused by name.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { MetricPoint } from '../../model/metrics.ts';
import { refuse } from '../../model/refusal.ts';
import { type Context, reply } from '../action.ts';
import type { Validated } from '../sdk.ts';
import { cloudwatchAction } from './action.ts';
import { type Dimension, findMetric } from './metrics.ts';
import {
  checkPeriod,
  isStatistic,
  pointsOf,
  type Span,
  STATISTICS,
  type Statistic,
  spanOf,
  statistic,
} from './statistics.ts';

const MOST_QUERIES = 500;
const MOST_POINTS = 100_800;
const ID = '^[a-z][a-zA-Z0-9_]*$';
/** Statistics that are of a distribution: AWS has them, and here nobody keeps more than one value a minute. */
const EXTENDED = /^(p|tm|wm|tc|ts|TM|WM|PR|TC|TS|IQM)/;

type Query = Validated<MetricDataQuery>;

export const getMetricData = cloudwatchAction<'GetMetricData'>(
  {
    MetricDataQueries: {
      Id: true,
      MetricStat: {
        Metric: { Namespace: true, MetricName: true, Dimensions: { Name: true, Value: true } },
        Period: true,
        Stat: true,
        Unit: true,
      },
      Label: true,
      ReturnData: true,
    },
    StartTime: true,
    EndTime: true,
    NextToken: true,
    ScanBy: true,
    MaxDatapoints: true,
  },
  (input, context) => {
    const { MetricDataQueries: queries, MaxDatapoints: most = MOST_POINTS } = input;
    if (queries.length > MOST_QUERIES) {
      refuse('ValidationError', `The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`);
    }
    const span = spanOf(input.StartTime, input.EndTime);
    if (!Number.isInteger(most) || most < 1 || most > MOST_POINTS) {
      refuse('InvalidParameterValue', `The parameter MaxDatapoints must be between 1 and ${MOST_POINTS}.`);
    }
    const wanted = queries.map((query, at) => checked(query, at + 1));
    if (new Set(queries.map(({ Id }) => Id)).size < queries.length) {
      refuse('ValidationError', 'The values for parameter id in MetricDataQueries are not unique.');
    }
    const isAscending = input.ScanBy === 'TimestampAscending';
    const start = input.NextToken === undefined ? { query: 0, after: null } : placeIn(input.NextToken);
    const results: MetricDataResult[] = [];
    let left = most;
    for (const [at, query] of wanted.entries()) {
      if (at < start.query || query === null) continue;
      const points = read(context, query, span, isAscending).filter(
        (point) =>
          at > start.query || start.after === null || (isAscending ? point.at > start.after : point.at < start.after),
      );
      const shown = points.slice(0, left);
      left -= shown.length;
      const isCut = shown.length < points.length;
      results.push({
        Id: query.id,
        Label: query.label,
        Timestamps: shown.map((point) => new Date(point.at)),
        Values: shown.map((point) => statistic(point, query.statistic)),
        StatusCode: isCut ? 'PartialData' : 'Complete',
      });
      if (!isCut) continue;
      const after = shown.at(-1)?.at ?? null;
      return reply({ MetricDataResults: results, NextToken: btoa(`${at}:${after ?? ''}`), Messages: [] });
    }
    return reply({ MetricDataResults: results, Messages: [] });
  },
);

interface Wanted {
  readonly id: string;
  readonly label: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  readonly periodSeconds: number;
  readonly statistic: Statistic;
  readonly unit: string | undefined;
}

/** null: its points are not to be returned. `position` counts from 1, as AWS's texts do. */
function checked(
  { Id: id, MetricStat: stat, Label: label, ReturnData: isReturned = true }: Query,
  position: number,
): Wanted | null {
  const place = `MetricDataQueries.member.${position}`;
  if (!new RegExp(ID).test(id)) {
    refuse('ValidationError', `The value ${id} for parameter ${place}.Id is not matching the expected pattern ${ID}.`);
  }
  if (label?.includes('${') === true) {
    refuse('UnsupportedOperation', `Dynamic labels (${place}.Label) are not supported by Culvert.`);
  }
  if (stat === undefined) {
    refuse('ValidationError', `Either ${place}.Expression or ${place}.MetricStat must be specified.`);
  }
  const { Metric: metric, Period: periodSeconds, Stat: statistic, Unit: unit } = stat;
  checkPeriod(periodSeconds, `${place}.MetricStat.Period`);
  if (!isStatistic(statistic)) {
    if (EXTENDED.test(statistic)) {
      refuse(
        'UnsupportedOperation',
        `The statistic ${statistic} (${place}.MetricStat.Stat) is not supported by Culvert, which has ${STATISTICS.join(', ')}.`,
      );
    }
    refuse('ValidationError', `The value ${statistic} for parameter ${place}.MetricStat.Stat is not supported.`);
  }
  if (!isReturned) return null;
  const { Namespace: namespace = '', MetricName: name = '', Dimensions: dimensions = [] } = metric;
  return {
    ...{ id, label: label ?? name, namespace, name, periodSeconds, statistic, unit },
    dimensions: dimensions as readonly Dimension[],
  };
}

function read(context: Context, query: Wanted, span: Span, isAscending: boolean): readonly MetricPoint[] {
  const metric = findMetric(context, query);
  if (metric === undefined || (query.unit !== undefined && query.unit !== metric.unit)) return [];
  const points = pointsOf(context, metric, span, query.periodSeconds);
  return isAscending ? points : points.toReversed();
}

/** The query that a page ended in, and its last point that was told. */
function placeIn(token: string): { readonly query: number; readonly after: number | null } {
  let text = '';
  try {
    text = atob(token);
  } catch {
    // Refused below.
  }
  const [, query, after] = /^(\d{1,3}):(\d{0,16})$/.exec(text) ?? [];
  if (query === undefined || after === undefined) {
    return refuse('InvalidNextToken', 'The value for NextToken is not valid.');
  }
  return { query: Number(query), after: after === '' ? null : Number(after) };
}
