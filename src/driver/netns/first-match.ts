/**
 * Entries of a network ACL, asked in order, as intervals that do not meet: each address in one of them, each with what then
 * decides. A packet so costs one look-up by address and one by port, however many entries there are. Pure; knows no nftables.
 */
import { type Cidr, cidrOf } from '../../net/cidr.ts';
import type { AclEntry } from '../../plan/plan.ts';
import { type Family, familyOf } from './family.ts';

/** What is asked of a packet from or to one interval of addresses. */
export interface Policy {
  /** Of what nothing below takes. */
  readonly rest: Verdict;
  /** By protocol number, in any order; ports of TCP and UDP are intervals that do not meet, and only those that are not `rest`. */
  readonly ports: readonly { readonly protocol: '6' | '17'; readonly intervals: readonly PortInterval[] }[];
  /** The first that matches decides. -1: any. */
  readonly icmp: readonly { readonly type: number; readonly code: number; readonly action: Verdict }[];
  readonly others: readonly { readonly protocol: string; readonly action: Verdict }[];
}

export type Verdict = AclEntry['action'];

export interface PortInterval {
  readonly from: number;
  readonly to: number;
  readonly action: Verdict;
}

export interface AddressInterval {
  readonly first: bigint;
  readonly last: bigint;
  readonly policy: Policy;
}

const ICMP: Readonly<Record<Family, string>> = { ip: '1', ip6: '58' };
const LAST_ADDRESS: Readonly<Record<Family, bigint>> = { ip: (1n << 32n) - 1n, ip6: (1n << 128n) - 1n };
const LAST_PORT = 65_535;

/** From the lowest to the highest address without a gap; neighbours are under different policies. Entries in their order. */
export function addressIntervals(family: Family, entries: readonly AclEntry[]): readonly AddressInterval[] {
  const ours = entries.filter(({ cidr }) => familyOf(cidr) === family);
  const blocks: readonly Cidr[] = ours.map(({ cidr }) => cidrOf(cidr));
  const policies = new Map<string, { readonly policy: Policy; readonly key: string }>();
  const found: AddressInterval[] = [];
  let before = '';
  for (const { first, last, active } of sweep(blocks, 0n, LAST_ADDRESS[family], (value) => value + 1n)) {
    const asked = untilAll(active.map((at) => ours[at] as AclEntry));
    const text = JSON.stringify(asked.map(({ action, protocol, ports }) => [action, protocol, ports]));
    let known = policies.get(text);
    if (known === undefined) {
      const made = policyOf(family, asked);
      known = { policy: made, key: JSON.stringify(made) };
      policies.set(text, known);
    }
    const { policy, key } = known;
    const neighbour = found.at(-1);
    if (neighbour !== undefined && key === before) found[found.length - 1] = { ...neighbour, last };
    else found.push({ first, last, policy });
    before = key;
  }
  return found;
}

/** Nothing is asked after an entry for all protocols. */
function untilAll(entries: readonly AclEntry[]): readonly AclEntry[] {
  const at = entries.findIndex(({ protocol }) => protocol === 'any');
  return at < 0 ? entries : entries.slice(0, at + 1);
}

function policyOf(family: Family, entries: readonly AclEntry[]): Policy {
  const final = entries.at(-1);
  const rest = final?.protocol === 'any' ? final.action : 'deny';
  const byProtocol = Map.groupBy(
    entries.filter(({ protocol }) => protocol !== 'any'),
    ({ protocol }) => protocol,
  );
  const ports: Policy['ports'][number][] = [];
  const icmp: Policy['icmp'][number][] = [];
  const others: Policy['others'][number][] = [];
  for (const [protocol, own] of [...byProtocol].sort(([a], [b]) => Number(a) - Number(b))) {
    if (protocol === '6' || protocol === '17') {
      const intervals = portIntervals(own, rest);
      if (intervals.length > 0) ports.push({ protocol, intervals });
    } else if (protocol === ICMP[family]) {
      icmp.push(...own.map(({ ports, action }) => ({ type: ports?.from ?? -1, code: ports?.to ?? -1, action })));
    } else {
      const action = own[0]?.action ?? rest;
      if (action !== rest) others.push({ protocol, action });
    }
  }
  return { rest, ports, icmp, others };
}

function portIntervals(entries: readonly AclEntry[], rest: Verdict): readonly PortInterval[] {
  const ranges = entries.map(({ ports }) => ({ first: ports?.from ?? 0, last: ports?.to ?? LAST_PORT }));
  const found: PortInterval[] = [];
  for (const { first, last, active } of sweep(ranges, 0, LAST_PORT, (value) => value + 1)) {
    const action = active[0] === undefined ? rest : (entries[active[0]]?.action ?? rest);
    if (action === rest) continue;
    const neighbour = found.at(-1);
    if (neighbour !== undefined && neighbour.to + 1 === first) found[found.length - 1] = { ...neighbour, to: last };
    else found.push({ from: first, to: last, action });
  }
  return found;
}

interface Range<N> {
  readonly first: N;
  readonly last: N;
}

/** The intervals between the ranges' ends, in order, each with the indices of the ranges that cover it, ascending: valid until the next. */
function* sweep<N extends number | bigint>(
  ranges: readonly Range<N>[],
  lowest: N,
  highest: N,
  next: (value: N) => N,
): Iterable<Range<N> & { readonly active: readonly number[] }> {
  const opens = Map.groupBy(ranges.keys(), (at) => ranges[at]?.first as N);
  const closes = Map.groupBy(ranges.keys(), (at) => next(ranges[at]?.last as N));
  const points = [...new Set([lowest, ...opens.keys(), ...closes.keys()])]
    .filter((point) => point <= highest)
    .sort((a, b) => (a < b ? -1 : 1));
  const active: number[] = [];
  for (const [at, first] of points.entries()) {
    for (const index of closes.get(first) ?? []) active.splice(placeOf(active, index), 1);
    for (const index of opens.get(first) ?? []) active.splice(placeOf(active, index), 0, index);
    const after = points[at + 1];
    yield { first, last: after === undefined ? highest : previous(after), active };
  }
}

function previous<N extends number | bigint>(value: N): N {
  return (typeof value === 'bigint' ? value - 1n : (value as number) - 1) as N;
}

/** Where `value` is, or belongs, in ascending order. */
function placeOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
