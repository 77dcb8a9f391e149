/**
 * CIDR blocks as values: parse, contain, overlap, count. Text outside ("10.0.0.0/16"), numbers inside.
 */
import { formatIp, type Ip, parseIp } from './ip.ts';

/** A block: `first` and `last` are its lowest and highest address; `prefix` is the mask's length in bits. */
export interface Cidr {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
}

/** The block in `text`; host bits are cleared, as AWS does ("10.0.1.5/16" is 10.0.0.0/16). Undefined where malformed. */
export function parseCidr(text: string): Cidr | undefined {
  const parts = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const ip = parts?.[1] === undefined ? undefined : parseIp(parts[1]);
  const prefix = Number(parts?.[2]);
  if (ip === undefined || prefix > bits(ip)) return undefined;
  const size = 1n << BigInt(bits(ip) - prefix);
  const first = (ip.value / size) * size;
  return { version: ip.version, first, last: first + size - 1n, prefix };
}

/** `parseCidr` for text that was checked before; throws a Bug's sentence otherwise. */
export function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`not a CIDR block: ${text}`);
  return cidr;
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp({ version: cidr.version, value: cidr.first })}/${cidr.prefix}`;
}

/** True where `text` is already in the form `formatCidr` gives it. */
export function isCanonicalCidr(text: string): boolean {
  const cidr = parseCidr(text);
  return cidr !== undefined && formatCidr(cidr) === text;
}

export function cidrContains(cidr: Cidr, ip: Ip): boolean {
  return cidr.version === ip.version && ip.value >= cidr.first && ip.value <= cidr.last;
}

export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  return outer.version === inner.version && inner.first >= outer.first && inner.last <= outer.last;
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

/** The `n`-th address of the block, from 0. */
export function cidrAddress(cidr: Cidr, n: number | bigint): string {
  return formatIp({ version: cidr.version, value: cidr.first + BigInt(n) });
}

/** The `n`-th block of this prefix length inside the block, from 0. */
export function cidrBlock(cidr: Cidr, prefix: number, n: number | bigint): string {
  const size = 1n << BigInt((cidr.version === 4 ? 32 : 128) - prefix);
  return `${formatIp({ version: cidr.version, value: cidr.first + size * BigInt(n) })}/${prefix}`;
}

function bits(ip: Ip): number {
  return ip.version === 4 ? 32 : 128;
}
