/**
 * What the resources cost: this calendar month so far (UTC), and in so many hours as they are now and at the rate seen. Pure: of the
 * Intent, what was metered, prices and the time. Rows are by resource and price; what has none is named, never taken for nothing.
 * Hours begun are whole ones, from the creation on, as AWS bills them; public addresses are billed by the second, a minute at least.
 */
import type { Intent } from '../model/intent.ts';
import type { Metered } from '../model/metrics.ts';
import { linkCharges } from './links.ts';
import { notPriced } from './not-priced.ts';
import { costOf, type Price, type Prices, pricesOf, type Rate } from './prices.ts';
import type { HourlyRate, Recorded } from './things.ts';
import { type HourSum, madeAt, resourceOf, type Usage, unitProtocol, units, usageOf } from './usage.ts';

export interface CostQuestion {
  readonly intent: Intent;
  /** What there was in this month. */
  readonly recorded: readonly Recorded[];
  /** Of this month. */
  readonly hours: readonly HourSum[];
  /** All that is read at all. */
  readonly metered: readonly Metered[];
  readonly prices: Prices;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** To look ahead; AWS's month has 730. */
  readonly aheadHours: number;
}

export interface Row {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  /** 'free': what has no price at AWS. */
  readonly rate: Rate | 'free';
  readonly unit: 'hours' | 'GB' | 'NLCU-hours';
  /** Dollars for one; of tiers the first. */
  readonly price: number;
  readonly isAssumed: boolean;
  readonly soFar: Amount;
  /** Nothing where it is not there any more. */
  readonly ahead: Amount;
  /** What is to be known about it; null: nothing. */
  readonly note: string | null;
}

export interface Amount {
  readonly quantity: number;
  readonly usd: number;
}

export interface Cost {
  /** ISO 8601. */
  readonly from: string;
  readonly now: string;
  readonly aheadHours: number;
  /** Of the prices. */
  readonly date: string;
  /** By account, Region, resource. */
  readonly rows: readonly Row[];
  readonly soFarUsd: number;
  readonly aheadUsd: number;
  /** Regions without prices, with what there is in them. */
  readonly unknownRegions: readonly { readonly region: string; readonly ids: readonly string[] }[];
  /** What is there and has no price here. */
  readonly notPriced: readonly string[];
}

/** An amount without its price. */
export interface Charge extends Omit<Row, 'price' | 'isAssumed' | 'soFar' | 'ahead' | 'unit'> {
  readonly soFar: number;
  readonly ahead: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const UNIT: Readonly<Partial<Record<Rate | 'free', Row['unit']>>> = {
  endpointGigabyte: 'GB',
  natGatewayGigabyte: 'GB',
  attachmentGigabyte: 'GB',
  zoneGigabyte: 'GB',
  regionGigabyte: 'GB',
  free: 'GB',
  loadBalancerUnitHour: 'NLCU-hours',
};
const FREE: Price = { usd: 0, source: '' };

export function cost(question: CostQuestion): Cost {
  const { intent, prices, now, aheadHours } = question;
  const from = monthOf(now);
  const charges = [
    ...hourly(question, from),
    ...usageOf(question.hours).flatMap((each) => charged(question, from, each)),
  ];
  const known = charges.filter(({ region, rate }) => rate === 'free' || pricesOf(prices, region) !== undefined);
  const rows = priced(known, prices).sort(byPlace);
  const unknown = charges.filter((each) => !known.includes(each));
  return {
    from: new Date(from).toISOString(),
    now: new Date(now).toISOString(),
    aheadHours,
    date: prices.date,
    rows,
    soFarUsd: rows.reduce((sum, { soFar }) => sum + soFar.usd, 0),
    aheadUsd: rows.reduce((sum, { ahead }) => sum + ahead.usd, 0),
    unknownRegions: [...new Set(unknown.map(({ region }) => region))].sort().map((region) => ({
      region,
      ids: [...new Set(unknown.filter((each) => each.region === region).map(({ id }) => id))],
    })),
    notPriced: [...unread(question), ...notPriced(intent)],
  };
}

/** The first moment of its month, UTC. */
export function monthOf(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

function hourly({ recorded, now, aheadHours }: CostQuestion, from: number): readonly Charge[] {
  const byThing = new Map<string, Charge>();
  for (const { thing, since, until } of recorded) {
    const end = Math.min(until ?? now, now);
    if (end <= from && since < from) continue;
    const before = byThing.get(`${thing.rate}/${thing.id}`);
    byThing.set(`${thing.rate}/${thing.id}`, {
      ...{ id: thing.id, account: thing.account, region: thing.region, rate: thing.rate, note: null },
      soFar: (before?.soFar ?? 0) + hoursOf(thing.rate, since, end) - hoursOf(thing.rate, since, Math.min(from, end)),
      ahead: (before?.ahead ?? 0) + (until === null ? aheadHours : 0),
    });
  }
  return [...byThing.values()];
}

/** Hours of a thing that is there since then, as billed up to a time. */
export function hoursOf(rate: HourlyRate, since: number, end: number): number {
  if (end < since) return 0;
  if (rate === 'publicAddressHour') {
    const seconds = Math.ceil((end - since) / 1000);
    return end === since ? 0 : Math.max(seconds, 60) / 3600;
  }
  return Math.ceil((end - since) / HOUR_MS);
}

function charged({ intent, recorded, now, aheadHours }: CostQuestion, from: number, usage: Usage): readonly Charge[] {
  const { id, region, subject, forwardGigabytes, backGigabytes } = usage;
  const made = madeAt(intent, subject);
  // At the rate since it was made or the month began; of less than a minute nobody knows a rate.
  const seenHours = made === undefined ? null : Math.max(now - Math.max(made, from), MINUTE_MS) / HOUR_MS;
  const ahead = (quantity: number) => (seenHours === null ? 0 : (quantity / seenHours) * aheadHours);
  const base = { id, account: usage.account, region, note: null };
  const gigabytes = forwardGigabytes + backGigabytes;
  switch (subject.kind) {
    case 'endpoint': {
      if (subject.type === 'Gateway') return [{ ...base, rate: 'free', soFar: gigabytes, ahead: ahead(gigabytes) }];
      const payer = recorded.find(({ thing }) => thing.id === id)?.thing.account ?? usage.account;
      return [{ ...base, account: payer, rate: 'endpointGigabyte', soFar: gigabytes, ahead: ahead(gigabytes) }];
    }
    case 'nat':
      return [{ ...base, rate: 'natGatewayGigabyte', soFar: gigabytes, ahead: ahead(gigabytes) }];
    case 'balancer': {
      const { protocol, isMixed } = unitProtocol(subject);
      const soFar = usage.hours.reduce((sum, hour) => sum + units(hour, protocol), 0);
      const peak = Math.max(0, ...usage.hours.map(({ activeConnections }) => activeConnections));
      const all = { gigabytes, newConnections: usage.newConnections, activeConnections: peak };
      const note = isMixed ? 'listeners of several protocols are counted as TCP' : null;
      const rate = 'loadBalancerUnitHour';
      return [
        { ...base, note, rate, soFar, ahead: seenHours === null ? 0 : units(all, protocol, seenHours) * aheadHours },
      ];
    }
    case 'link':
      return linkCharges(usage, subject).map(({ quantity, ...each }) => ({
        ...{ id, ...each, soFar: quantity, ahead: ahead(quantity) },
      }));
    default:
      return [];
  }
}

/** Tiers are of all that one account processes in a Region: each endpoint bears its share. */
function priced(charges: readonly Charge[], prices: Prices): Row[] {
  const totals = new Map<string, { soFar: number; ahead: number }>();
  const groupOf = ({ account, region, rate }: Charge) => `${account}/${region}/${rate}`;
  for (const charge of charges) {
    const total = totals.get(groupOf(charge)) ?? { soFar: 0, ahead: 0 };
    total.soFar += charge.soFar;
    total.ahead += charge.ahead;
    totals.set(groupOf(charge), total);
  }
  return charges.map((charge) => {
    const price = charge.rate === 'free' ? FREE : (pricesOf(prices, charge.region)?.[charge.rate] ?? FREE);
    const total = totals.get(groupOf(charge)) ?? charge;
    const share = (quantity: number, all: number): Amount => ({
      quantity,
      usd: all === 0 ? 0 : costOf(price, all) * (quantity / all),
    });
    return {
      ...charge,
      unit: UNIT[charge.rate] ?? 'hours',
      price: typeof price.usd === 'number' ? price.usd : (price.usd[0] ?? 0),
      isAssumed: price.assumed === true,
      soFar: share(charge.soFar, total.soFar),
      ahead: share(charge.ahead, total.ahead),
    };
  });
}

/** What would cost by the GB, if anybody read what goes through it. */
function unread({ recorded, metered }: CostQuestion): readonly string[] {
  const read = new Set(metered.map(({ subject }) => resourceOf(subject)));
  const kinds: readonly HourlyRate[] = ['endpointHour', 'natGatewayHour', 'loadBalancerHour', 'attachmentHour'];
  const ids = recorded.filter(
    ({ thing, until }) => until === null && kinds.includes(thing.rate) && !read.has(thing.id),
  );
  return [...new Set(ids.map(({ thing }) => `what went through ${thing.id}: it was not metered yet`))];
}

function byPlace(a: Row, b: Row): number {
  const key = ({ account, region, id, rate }: Row) => `${account} ${region} ${id} ${rate}`;
  return key(a) < key(b) ? -1 : 1;
}
