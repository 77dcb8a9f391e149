/** Statistics of points, and what CloudWatch asks of times and periods: shared by the two actions that read points. */
import type { MetricPoint } from '../../model/metrics.ts';
import { refuse } from '../../model/refusal.ts';
import type { Context } from '../action.ts';
import type { Metric } from './metrics.ts';

export const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
export type Statistic = (typeof STATISTICS)[number];

export function isStatistic(text: string): text is Statistic {
  return (STATISTICS as readonly string[]).includes(text);
}

export function statistic(point: MetricPoint, name: Statistic): number {
  switch (name) {
    case 'SampleCount':
      return point.count;
    case 'Average':
      return point.sum / point.count;
    case 'Sum':
      return point.sum;
    case 'Minimum':
      return point.min;
    case 'Maximum':
      return point.max;
  }
}

const MINUTE_MS = 60_000;

export interface Span {
  /** Milliseconds since 1970, at whole minutes. */
  readonly from: number;
  readonly until: number;
}

/** The start is rounded down to its minute; the end is exclusive, so that of a minute that it cuts the point counts. */
export function spanOf(start: Date, end: Date): Span {
  if (start >= end) {
    refuse('InvalidParameterValue', 'The parameter StartTime must be less than the parameter EndTime.');
  }
  return { from: floor(start.getTime()), until: ceil(end.getTime()) };
}

function floor(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

function ceil(at: number): number {
  return Math.ceil(at / MINUTE_MS) * MINUTE_MS;
}

/** Seconds. Nothing here is of a resolution below a minute. */
export function checkPeriod(seconds: number, where: string): void {
  if (Number.isInteger(seconds) && seconds > 0 && seconds % 60 === 0) return;
  refuse('InvalidParameterValue', `The parameter ${where} must be a multiple of 60.`);
}

/** How many points a span may have at most. */
export function mostPoints({ from, until }: Span, periodSeconds: number): number {
  return Math.ceil((until - from) / (periodSeconds * 1000));
}

export function pointsOf(
  context: Context,
  { keys, fields }: Pick<Metric, 'keys' | 'fields'>,
  { from, until }: Span,
  periodSeconds: number,
): readonly MetricPoint[] {
  return context.metrics.points({ keys, fields, from, until, periodMilliseconds: periodSeconds * 1000 });
}
