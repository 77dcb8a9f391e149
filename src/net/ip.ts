/**
 * IP addresses as values. Everywhere outside this folder an address is its canonical text
 * ("10.0.1.5", "2001:db8::1"), so that a Plan stays readable JSON; here it is a number that can be counted with.
 * Parsing and printing are ipaddr.js's; this file refuses the short and octal forms that inet_aton knows.
 */
import ipaddr from 'ipaddr.js';

/** An address: `value` is the whole address as an unsigned integer (32 or 128 bit). */
export interface Ip {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** The address in `text`, or undefined where it is not a full dotted quad or an IPv6 address. */
export function parseIp(text: string): Ip | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text))
    return { version: 4, value: fromBytes(ipaddr.IPv4.parse(text).toByteArray()) };
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)) {
    return { version: 6, value: fromBytes(ipaddr.IPv6.parse(text).toByteArray()) };
  }
  return undefined;
}

/** Canonical text (RFC 5952 for IPv6). */
export function formatIp(ip: Ip): string {
  const size = ip.version === 4 ? 4 : 16;
  const bytes = Array.from({ length: size }, (_, at) => Number((ip.value >> BigInt(8 * (size - 1 - at))) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}

/** The address `count` further on (or back, where negative). Same version; the caller keeps it inside its range. */
export function addToIp(text: string, count: number | bigint): string {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an IP address: ${text}`);
  return formatIp({ version: ip.version, value: ip.value + BigInt(count) });
}

function fromBytes(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
