/** What `culvert cost` is told: what was kept of the month, put together with the Intent as it is now. */
import { type Comparison, compare } from '../../bill/compare.ts';
import { type Cost, cost, monthOf } from '../../bill/cost.ts';
import { PRICES, pricesOf } from '../../bill/prices.ts';
import type { Intent } from '../../model/intent.ts';
import type { MeterStore } from './meter-store.ts';

export interface BillWishes {
  /** To look ahead. */
  readonly hours: number;
  /** null: all. */
  readonly account: string | null;
  readonly region: string | null;
}

export interface Bill {
  readonly cost: Cost;
  readonly comparison: readonly Comparison[];
}

const MONTH_HOURS = 730;
/** A year's. */
const MOST_HOURS = 8784;

/** A sentence where what is asked for cannot be told. */
export function billOf(
  store: MeterStore,
  intent: Intent,
  now: number,
  { hours, account, region }: BillWishes,
): Bill | string {
  if (region !== null && pricesOf(PRICES, region) === undefined) {
    return `there are no prices of ${region}: only of ${Object.keys(PRICES.regions).join(', ')}`;
  }
  if (account !== null && !/^\d{12}$/.test(account)) return `an account is 12 digits, not ${account}`;
  const from = monthOf(now);
  const isAsked = (owner: { readonly account: string; readonly region: string }) =>
    (account === null || owner.account === account) && (region === null || owner.region === region);
  const found = cost({
    ...{ intent, prices: PRICES, now, aheadHours: hours },
    recorded: store.recorded(from, now).filter(({ thing }) => isAsked(thing)),
    hours: store.hours(from, now).filter(({ metered }) => isAsked(metered)),
    metered: store.totals(),
  });
  return { cost: found, comparison: compare(intent, PRICES, found) };
}

/** From a query string; undefined: it is no such wish. */
export function billWishes(query: URLSearchParams): BillWishes | undefined {
  const hours = Number(query.get('hours') ?? MONTH_HOURS);
  if (!Number.isFinite(hours) || hours <= 0 || hours > MOST_HOURS) return undefined;
  return { hours, account: query.get('account'), region: query.get('region') };
}
