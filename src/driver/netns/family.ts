/**
 * The two address families of a packet program. A program is described once, in the words of table `ip` (`ip daddr`,
 * `ipv4_addr`, `snat ip to`), for parts that hold the addresses of one family only; `inFamily` narrows the parts and
 * `spelled` puts the description into the words of table `ip6`. What truly differs asks for the family: ICMP, neighbour
 * discovery in place of ARP, lengths of headers.
 */
import { formatIp, isIpv6 } from '../../net/ip.ts';
import type { Crossing, Port } from '../../plan/plan.ts';
import type { Table } from './nft.ts';

export type Family = 'ip' | 'ip6';

export const FAMILIES: readonly Family[] = ['ip', 'ip6'];

/** Of an address, a block, or anything else in words that begins with one. */
export function familyOf(address: string): Family {
  return isIpv6(address) ? 'ip6' : 'ip';
}

export function ofFamily(family: Family, addresses: readonly string[]): readonly string[] {
  return addresses.every((address) => familyOf(address) === family)
    ? addresses
    : addresses.filter((address) => familyOf(address) === family);
}

/** Those that have an address of the family, with no other one. */
export function portsOf(family: Family, ports: readonly Port[]): readonly Port[] {
  return ports.flatMap((port) => {
    const addresses = ofFamily(family, port.addresses);
    if (addresses.length === 0) return [];
    const same = addresses.length === port.addresses.length && (family === 'ip' || port.publics.length === 0);
    return same ? [port] : [{ ...port, addresses, publics: family === 'ip' ? port.publics : [] }];
  });
}

export function crossingsOf(family: Family, crossings: readonly Crossing[]): readonly Crossing[] {
  return crossings.filter(({ address }) => familyOf(address) === family);
}

/** Bytes of IP's and TCP's headers, without options. */
export const HEADERS: Readonly<Record<Family, number>> = { ip: 40, ip6: 60 };

const BITS: Readonly<Record<Family, number>> = { ip: 32, ip6: 128 };

/** An address of a packet, as far as blocks of a length tell them apart; '' where all are alike. */
export function masked(family: Family, side: 'saddr' | 'daddr', length: number): string {
  if (length === 0) return '';
  const bits = BITS[family];
  if (length === bits) return `ip ${side}`;
  const mask = (1n << BigInt(bits)) - (1n << BigInt(bits - length));
  return `ip ${side} & ${formatIp({ version: family === 'ip' ? 4 : 6, value: mask })}`;
}

/** Whether it is in a block, given by its first address; '' where all are. */
export function within(family: Family, side: 'saddr' | 'daddr', block: string, length: number): string {
  if (length === 0) return '';
  return `ip ${side} ${block}${length === BITS[family] ? '' : `/${length}`}`;
}

/** Multicast listener and neighbour discovery where nobody needs it, as on links whose ends are known. */
export const NEIGHBOURLY_DROP = 'icmpv6 type >= 130 icmpv6 type <= 143 drop';
/** With IPv6 no route leads to lo, where the program could count: the kernel itself refuses, and what it would say is counted. */
export const UNREACHABLE_DROP = 'icmpv6 type destination-unreachable counter name "route" drop';

/** Words of table `ip` that are others in table `ip6`. */
const SPELLINGS: readonly (readonly [words: RegExp, inIp6: string])[] = [
  [/\bip (saddr|daddr)\b/g, 'ip6 $1'],
  [/\b([ds])nat ip to\b/g, '$1nat ip6 to'],
  // Behind headers that may stand between.
  [/\bip protocol\b/g, 'meta l4proto'],
  [/\bipv4_addr\b/g, 'ipv6_addr'],
];

/** A table that was described in the words of `ip`, in those of its family. */
export function spelled(family: Family, table: Table): Table {
  if (family === 'ip') return table;
  return {
    ...table,
    sets: mapped(table.sets, (set) => ({ ...set, type: inIp6(set.type) })),
    chains: mapped(table.chains, (chain) => ({ ...chain, rules: chain.rules.map(inIp6) })),
  };
}

function inIp6(text: string): string {
  return SPELLINGS.reduce((words, [from, to]) => words.replace(from, to), text);
}

function mapped<T>(entries: Readonly<Record<string, T>>, change: (entry: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, change(entry)]));
}
