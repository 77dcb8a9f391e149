/**
 * `culvert cost`: what the resources cost at AWS this month so far, and in a month (or `--hours`) at this rate; `--compare`: the same
 * traffic over other ways. All amounts are of what was metered; prices are those of the table that the output names.
 */
import { type Comparison, WAYS } from '../bill/compare.ts';
import type { Cost, Row } from '../bill/cost.ts';
import type { Bill } from '../daemon/meters/bill.ts';
import type { Paths } from '../host/paths.ts';
import { ask } from './control.ts';
import { columns, type Pen, penFor } from './text.ts';

export interface CostWishes {
  readonly hours?: string;
  readonly compare?: boolean;
  readonly account?: string;
  readonly region?: string;
  readonly json?: boolean;
}

export async function cost(paths: Paths, { compare = false, json = false, ...wishes }: CostWishes): Promise<void> {
  const query = new URLSearchParams(Object.entries(wishes) as [string, string][]);
  const bill = await ask<Bill>(paths, 'GET', `/culvert/cost?${query}`);
  const pen = penFor(process.stdout);
  const text = compare ? comparisonText(bill.comparison, bill.cost, pen) : costText(bill.cost, pen);
  process.stdout.write(json ? `${JSON.stringify(compare ? bill.comparison : bill.cost, null, 2)}\n` : text);
}

const WHAT: Readonly<Record<Row['rate'], string>> = {
  endpointHour: 'endpoint, by zone',
  endpointGigabyte: 'endpoint, data',
  loadBalancerHour: 'load balancer',
  loadBalancerUnitHour: 'load balancer, capacity',
  natGatewayHour: 'NAT gateway',
  natGatewayGigabyte: 'NAT gateway, data',
  publicAddressHour: 'public IPv4 address',
  attachmentHour: 'transit gateway attachment',
  attachmentGigabyte: 'transit gateway, data',
  vpnHour: 'VPN connection',
  zoneGigabyte: 'between zones',
  regionGigabyte: 'to another Region',
  free: 'data, free',
};

function costText(found: Cost, pen: Pen): string {
  const { rows, aheadHours, notPriced, unknownRegions } = found;
  const head = ['resource', 'region', 'what', 'price', 'so far', '$', `in ${aheadHours} h`, '$'];
  const table = columns([
    head.map((each) => pen('bold', each)),
    ...rows.map((row) => [
      shortId(row.id),
      row.region,
      WHAT[row.rate],
      `${row.price}${row.isAssumed ? '*' : ''}`,
      `${amount(row.soFar.quantity)} ${row.unit}`,
      dollars(row.soFar.usd),
      `${amount(row.ahead.quantity)} ${row.unit}`,
      dollars(row.ahead.usd),
    ]),
    ['together', '', '', '', '', pen('bold', dollars(found.soFarUsd)), '', pen('bold', dollars(found.aheadUsd))],
  ]);
  const notes = rows.flatMap(({ id, note }) => (note === null ? [] : [`${shortId(id)}: ${note}`]));
  return lines([
    ...table,
    '',
    `since ${found.from.slice(0, 10)}, prices of ${found.date} in dollars${rows.some(({ isAssumed }) => isAssumed) ? '; * assumed' : ''}`,
    ...new Set(notes),
    ...unknownRegions.map(({ region, ids }) => `no prices of ${region}, so not in it: ${ids.map(shortId).join(', ')}`),
    ...(notPriced.length === 0 ? [] : [pen('bold', 'not priced')]),
    ...notPriced.map((each) => `  ${each}`),
  ]);
}

function comparisonText(found: readonly Comparison[], { aheadHours, date }: Cost, pen: Pen): string {
  if (found.length === 0) return 'no traffic was metered that could go another way\n';
  const notes = found.flatMap(({ id, options }) =>
    WAYS.flatMap((way) => (options[way].note === null ? [] : [`${shortId(id)}, ${way}: ${options[way].note}`])),
  );
  const table = columns([
    ['seen in', 'seen', `in ${aheadHours} h`, ...WAYS].map((each) => pen('bold', each)),
    ...found.map(({ id, way, seen, gigabytes, options }) => [
      shortId(id),
      `${amount(seen)} GB`,
      `${amount(gigabytes)} GB`,
      ...WAYS.map((each) => {
        const { usd } = options[each];
        const text = usd === null ? '-' : dollars(usd);
        return each === way ? pen('bold', `${text} now`) : text;
      }),
    ]),
  ]);
  return lines([...table, '', `dollars by prices of ${date}, without what leaves AWS`, ...notes]);
}

function lines(each: readonly string[]): string {
  return each.map((line) => `${line}\n`).join('');
}

function shortId(id: string): string {
  return id.replace(/^arn:.*:loadbalancer\//, '');
}

/** Three digits that count, never so few that something looks like nothing. */
export function amount(value: number): string {
  if (value === 0) return '0';
  if (value >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}

/** To the cent, and below a cent as far as there is something to see. */
export function dollars(value: number): string {
  return value === 0 || value >= 0.01 ? value.toFixed(2) : value.toFixed(6);
}
