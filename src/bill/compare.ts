/**
 * The same traffic over another way: what a month of it would cost through PrivateLink, a NAT gateway, a peering connection and a gateway
 * endpoint, hours included, or why it cannot go there. Pure; of what `cost` found. Traffic that leaves AWS is not in it.
 */
import type { Intent } from '../model/intent.ts';
import type { Cost, Row } from './cost.ts';
import { costOf, type Prices, pricesOf, type RegionPrices } from './prices.ts';

export const WAYS = ['PrivateLink', 'NAT gateway', 'peering', 'gateway endpoint'] as const;
export type Way = (typeof WAYS)[number];

export interface Comparison {
  /** The endpoint, NAT gateway or peering connection that the traffic was seen in. */
  readonly id: string;
  readonly region: string;
  /** What it is now. */
  readonly way: Way;
  /** GB that were seen, and in the hours ahead. */
  readonly seen: number;
  readonly gigabytes: number;
  readonly options: Readonly<Record<Way, Option>>;
}

export type Option =
  | { readonly usd: number; readonly note: string | null }
  /** It cannot go there. */
  | { readonly usd: null; readonly note: string };

/** Services that have gateway endpoints. */
const BY_GATEWAY = /\.(s3|dynamodb)$/;

export function compare(intent: Intent, prices: Prices, { rows, aheadHours }: Cost): readonly Comparison[] {
  const seen = new Map<string, Row>();
  for (const row of rows) {
    const way = wayOf(row);
    // Each side of a peering connection has a row of the same traffic, unless each pays for what it sends.
    const before = seen.get(row.id);
    if (way === null || (before !== undefined && row.rate !== 'regionGigabyte')) continue;
    seen.set(row.id, before === undefined ? row : together(before, row));
  }
  return [...seen.values()].flatMap((row): Comparison[] => {
    const table = pricesOf(prices, row.region);
    const way = wayOf(row);
    if (table === undefined || way === null) return [];
    const gigabytes = row.ahead.quantity;
    const zones = zonesOf(rows, row, aheadHours);
    const of = { intent, rows, row, table, gigabytes, zones, hours: aheadHours };
    const options = {
      PrivateLink: privateLink(of, way),
      'NAT gateway': natGateway(of, way),
      peering: peering(of, way),
      'gateway endpoint': gatewayEndpoint(of, way),
    };
    return [{ id: row.id, region: row.region, way, seen: row.soFar.quantity, gigabytes, options }];
  });
}

interface Traffic {
  readonly intent: Intent;
  readonly rows: readonly Row[];
  readonly row: Row;
  readonly table: RegionPrices;
  readonly gigabytes: number;
  readonly zones: number;
  readonly hours: number;
}

function together(a: Row, b: Row): Row {
  const sum = (one: Row['soFar'], other: Row['soFar']) => ({
    quantity: one.quantity + other.quantity,
    usd: one.usd + other.usd,
  });
  return { ...a, soFar: sum(a.soFar, b.soFar), ahead: sum(a.ahead, b.ahead) };
}

function wayOf({ id, unit }: Row): Way | null {
  if (unit !== 'GB') return null;
  if (id.startsWith('nat-')) return 'NAT gateway';
  if (id.startsWith('pcx-')) return 'peering';
  return id.startsWith('vpce-') ? 'PrivateLink' : null;
}

/** In how many zones the way stands: as many of another would be needed. */
function zonesOf(rows: readonly Row[], { id }: Row, hours: number): number {
  const hourly = rows.find((each) => each.id === id && each.rate === 'endpointHour');
  return hourly === undefined ? 1 : Math.max(1, Math.round(hourly.ahead.quantity / hours));
}

function privateLink({ intent, row, table, gigabytes, zones, hours }: Traffic, way: Way): Option {
  const endpoint = zones * hours * costOf(table.endpointHour, 1) + costOf(table.endpointGigabyte, gigabytes);
  const service = intent.table('vpcEndpoint').get(row.id);
  // A provider of one's own needs a load balancer; its units are by the GB, as connections of another way are not known.
  const balancer = hours * costOf(table.loadBalancerHour, 1) + costOf(table.loadBalancerUnitHour, gigabytes);
  if (way === 'peering') return { usd: endpoint + balancer, note: 'with a load balancer before what is reached' };
  if (way === 'NAT gateway') return { usd: endpoint, note: 'for each service that is reached, if it has an endpoint' };
  if (service?.serviceId == null) return { usd: endpoint, note: null };
  return { usd: endpoint + balancer, note: 'with the provider’s load balancer' };
}

function natGateway({ intent, row, table, gigabytes, zones, hours }: Traffic, way: Way): Option {
  const hourly = costOf(table.natGatewayHour, 1) + costOf(table.publicAddressHour, 1);
  const usd = zones * hours * hourly + costOf(table.natGatewayGigabyte, gigabytes);
  const isAws = intent.table('vpcEndpoint').get(row.id)?.serviceId === null;
  return { usd, note: way === 'NAT gateway' || isAws ? null : 'what is reached would have to be public' };
}

function peering({ intent, rows, row, table, gigabytes }: Traffic, way: Way): Option {
  if (way === 'peering') {
    const own = rows.filter((each) => each.id === row.id);
    return { usd: own.reduce((sum, { ahead }) => sum + ahead.usd, 0), note: row.note };
  }
  if (way === 'NAT gateway') return { usd: null, note: 'what is reached is in no VPC' };
  if (intent.table('vpcEndpoint').get(row.id)?.serviceId === null)
    return { usd: null, note: 'an AWS service is in no VPC' };
  return {
    usd: 2 * costOf(table.zoneGigabyte, gigabytes),
    note: 'at most: as if all of it crossed zones; ranges may not overlap',
  };
}

function gatewayEndpoint({ intent, row }: Traffic, way: Way): Option {
  if (way === 'peering') return { usd: null, note: 'S3 and DynamoDB only' };
  if (way === 'NAT gateway') return { usd: 0, note: 'for what goes to S3 and DynamoDB' };
  const name = intent.table('vpcEndpoint').get(row.id)?.serviceName ?? '';
  return BY_GATEWAY.test(name) ? { usd: 0, note: null } : { usd: null, note: 'S3 and DynamoDB only' };
}
