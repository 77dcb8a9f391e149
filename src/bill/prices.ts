/**
 * AWS's prices by Region, from a table with its date and its sources (prices.json). On demand, in US dollars, without tax, free tier
 * or discount. A Region that is not in the table has no prices here: it is told by name and never taken for another.
 */
import table from './prices.json' with { type: 'json' };
import type { HourlyRate } from './things.ts';

export type Rate =
  | HourlyRate
  | 'endpointGigabyte'
  | 'loadBalancerUnitHour'
  | 'natGatewayGigabyte'
  | 'attachmentGigabyte'
  /** Between zones of one Region, on either side. */
  | 'zoneGigabyte'
  /** Out of this Region into another. */
  | 'regionGigabyte';

export interface Price {
  /** Dollars for one; of what is told in tiers, for one of each. */
  readonly usd: number | readonly number[];
  /** The document that it is from, by its name in `sources`. */
  readonly source: string;
  /** That document was not seen to say it. */
  readonly assumed?: boolean;
}

export type RegionPrices = Readonly<Record<Rate, Price>>;

export interface Prices {
  /** Of the table. */
  readonly date: string;
  readonly sources: Readonly<Record<string, { readonly document: string; readonly url: string }>>;
  readonly regions: Readonly<Record<string, RegionPrices>>;
}

export const PRICES: Prices = table;

/** AWS's GB of traffic, in bytes. */
export const GIGABYTE = 1024 ** 3;
/** In GB, for all interface endpoints of an account in a Region and month: the first 1 PB, the next 4 PB, what is above. */
export const TIERS: readonly number[] = [1024 ** 2, 5 * 1024 ** 2, Number.POSITIVE_INFINITY];

/** undefined: it is not in the table. */
export function pricesOf({ regions }: Prices, region: string): RegionPrices | undefined {
  return Object.hasOwn(regions, region) ? regions[region] : undefined;
}

/** What an amount costs, tier by tier where there are tiers. Dollars. */
export function costOf({ usd }: Price, quantity: number): number {
  if (typeof usd === 'number') return usd * quantity;
  let sum = 0;
  for (let at = 0, from = 0; at < usd.length && quantity > from; at++) {
    const to = TIERS[at] ?? Number.POSITIVE_INFINITY;
    sum += (usd[at] ?? 0) * (Math.min(quantity, to) - from);
    from = to;
  }
  return sum;
}
