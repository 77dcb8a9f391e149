/**
 * The orders that the Plan's lists are in. Text is compared by code unit, never by locale, so that every machine sorts alike;
 * addresses and blocks by number, so that "10.0.0.9" comes before "10.0.0.10".
 */
import { type Cidr, cidrOf } from '../net/cidr.ts';
import { parseIp, parseIpv4 } from '../net/ip.ts';
import { remember } from './memo.ts';

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function sortById<T extends { readonly id: string }>(items: Iterable<T>): readonly T[] {
  return [...items].sort((a, b) => compareText(a.id, b.id));
}

/** Each address once, in numerical order (IPv4 before IPv6). */
export function sortAddresses(addresses: Iterable<string>): readonly string[] {
  const once = [...new Set(addresses)];
  return once.length < 2 ? once : once.sort(compareAddresses);
}

/** IPv4 before IPv6; what is no address first. */
export function compareAddresses(a: string, b: string): number {
  const [v, w] = [parseIpv4(a), parseIpv4(b)];
  if (v !== undefined && w !== undefined) return v - w;
  const [x, y] = [parseIp(a), parseIp(b)];
  return (x?.version ?? 0) - (y?.version ?? 0) || compareNumbers(x?.value ?? 0n, y?.value ?? 0n);
}

/** As `compareCidrs`. */
export function sortByDestination<T extends To>(items: readonly T[]): readonly T[] {
  return items.toSorted(compareDestinations);
}

export function compareDestinations(a: To, b: To): number {
  return compareBlocks(destinationOf(a), destinationOf(b));
}

interface To {
  readonly destination: string;
}

/** The block that it leads to, read once. */
export const destinationOf = remember(({ destination }: To): Cidr => cidrOf(destination));

/** By first address, then the wider block first. */
export function compareCidrs(a: string, b: string): number {
  return compareBlocks(cidrOf(a), cidrOf(b));
}

function compareBlocks(x: Cidr, y: Cidr): number {
  return x.version - y.version || compareNumbers(x.first, y.first) || x.prefix - y.prefix;
}

function compareNumbers(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
