/**
 * IP addresses as values. Everywhere outside this folder an address is its canonical text
 * ("10.0.1.5", "2001:db8::1"), so that a Plan stays readable JSON; here it is a number that can be counted with.
 * IPv4 is read and written here, strictly (none of the short and octal forms that inet_aton knows), because every round does
 * so for every address; ipaddr.js, which does IPv6, is its oracle in the tests.
 */
import ipaddr from 'ipaddr.js';

/** An address: `value` is the whole address as an unsigned integer (32 or 128 bit). */
export interface Ip {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** The address in `text`, or undefined where it is not a full dotted quad or an IPv6 address. */
export function parseIp(text: string): Ip | undefined {
  const value = parseIpv4(text);
  if (value !== undefined) return { version: 4, value: BigInt(value) };
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)) {
    return { version: 6, value: fromBytes(ipaddr.IPv6.parse(text).toByteArray()) };
  }
  return undefined;
}

const DOT = 46;
const ZERO = 48;

/** A full dotted quad, decimal and without leading zeros, as an unsigned number. */
export function parseIpv4(text: string): number | undefined {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (octet === -1 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = -1;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || octet === 0) return undefined;
    octet = octet === -1 ? digit : octet * 10 + digit;
    if (octet > 255) return undefined;
  }
  return dots === 3 && octet !== -1 ? value * 256 + octet : undefined;
}

export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Canonical text (RFC 5952 for IPv6). */
export function formatIp(ip: Ip): string {
  if (ip.version === 4) return formatIpv4(Number(ip.value));
  const bytes = Array.from({ length: 16 }, (_, at) => Number((ip.value >> BigInt(8 * (15 - at))) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}

/** Of an address, or of a block: only IPv6's text has colons. */
export function isIpv6(text: string): boolean {
  return text.includes(':');
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
