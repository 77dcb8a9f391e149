/**
 * Pools of numbers that are unique in the installation: link serials of endpoints, public addresses.
 *
 * A stored counter says where to look next and an index says what is in use, so that taking one costs the same however
 * many are taken, a number stays its owner's for as long as the owner lives, and one that was given back rests for a
 * whole round before it is used again (a kernel may still track connections under it).
 */

import { cidrBlock, cidrOf } from '../net/cidr.ts';
import type { Edit } from './edit.ts';
import { put } from './edit.ts';
import type { Intent } from './intent.ts';

export interface Pool {
  readonly name: string;
  /** Inclusive. */
  readonly first: number;
  readonly last: number;
  isTaken(intent: Intent, value: number): boolean;
}

/** Serials of link addresses, of endpoint interfaces and of gateway endpoints: 240.0.0.0/5 without its first and last address (docs/decisions/link-addresses.md). */
export const LINK_SERIALS: Pool = {
  name: 'linkSerial',
  first: 1,
  last: 2 ** 27 - 2,
  isTaken: (intent, value) =>
    intent.table('networkInterface').count('linkSerial', String(value)) > 0 ||
    intent.table('vpcEndpoint').count('linkSerial', String(value)) > 0,
};

/** Serials of load balancer nodes' crossing addresses: 249.0.0.0/8 without its first and last address. */
export const NODE_SERIALS: Pool = {
  name: 'nodeSerial',
  first: 1,
  last: 2 ** 24 - 2,
  isTaken: (intent, value) => intent.table('networkInterface').by('nodeSerial', String(value)).length > 0,
};

/** Public addresses of customers: offsets in 198.18.0.0/16 without its first 16 and its last address. */
export const PUBLIC_ADDRESSES: Pool = {
  name: 'publicAddress',
  first: 16,
  last: 2 ** 16 - 2,
  isTaken: (intent, value) =>
    intent.table('networkInterface').count('publicAddress', publicAddress(value)) > 0 ||
    intent.table('elasticAddress').count('publicIp', publicAddress(value)) > 0 ||
    intent.table('site').count('publicAddress', publicAddress(value)) > 0 ||
    intent.table('vpnConnection').count('outsideAddress', publicAddress(value)) > 0,
};

/** The public address at an offset of the pool. */
export function publicAddress(offset: number): string {
  return `198.18.${offset >> 8}.${offset & 255}`;
}

const IPV6_RANGE = cidrOf('3fff::/32');

/** IPv6 blocks of VPCs: which /56 of 3fff::/32, without the first (docs/decisions/ipv6-addresses.md). */
export const IPV6_BLOCKS: Pool = {
  name: 'ipv6Block',
  first: 1,
  last: 2 ** 24 - 1,
  isTaken: (intent, value) => intent.table('vpc').by('ipv6Cidrs', ipv6Block(value)).length > 0,
};

/** The block with a number of the pool. */
export function ipv6Block(number: number): string {
  return cidrBlock(IPV6_RANGE, 56, number);
}

export interface Taken {
  readonly values: readonly number[];
  /** To be committed together with the resources that hold the values. */
  readonly edits: readonly Edit[];
}

/** `count` free numbers; undefined where the pool has not that many. */
export function take(pool: Pool, count: number, intent: Intent, now: string): Taken | undefined {
  if (count === 0) return { values: [], edits: [] };
  const size = pool.last - pool.first + 1;
  const counter = intent.table('counter').get(pool.name);
  const values: number[] = [];
  let next = counter?.next ?? pool.first;
  for (let tried = 0; tried < size && values.length < count; tried++) {
    if (!pool.isTaken(intent, next)) values.push(next);
    next = next === pool.last ? pool.first : next + 1;
  }
  if (values.length < count) return undefined;
  const resource = counter ?? { kind: 'counter', id: pool.name, account: '', region: '', tags: {}, createdAt: now };
  return { values, edits: [put({ ...resource, kind: 'counter', next })] };
}
