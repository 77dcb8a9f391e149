/**
 * A namespace's nftables program as data, and the text that turns one program into another in a single transaction: elements
 * are added and deleted, changed chains are flushed and refilled, and nothing else is touched. Where a set's type or a
 * chain's hook changes, the whole program is replaced, also in one transaction; conntrack and NAT state live on either way.
 * Read nft(8). Pitfalls kept out here: no anonymous sets, one command a line.
 */
import { createHash } from 'node:crypto';
import { hash32 } from '../../net/hash.ts';
import { changes, chunksOf } from '../../plan/lists.ts';
import { remember } from '../../plan/memo.ts';

export interface Program {
  readonly ip: Table;
  /** NO_TABLE where there is no IPv6. */
  readonly ip6: Table;
  readonly arp: Table;
}

export interface Table {
  readonly counters: readonly string[];
  /** Idle times of connections, by name. */
  readonly timeouts: Readonly<Record<string, Timeout>>;
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
}

export interface NftSet {
  readonly kind: 'set' | 'map';
  /** "ifname . ipv4_addr", for a map "ifname : verdict"; or "typeof " and expressions. */
  readonly type: string;
  /** "key" or "key : value", without repetition. */
  readonly elements: readonly string[];
  /** Whether a key may be a range, "FIRST-LAST". Ranges must not meet, so that there is one element for each. */
  readonly hasRanges?: true;
  /** Each element has a counter of packets and bytes: of those that it was found for. */
  readonly counted?: true;
  /** Filled by rules, up to so many; an element goes when no packet was of it for so long. */
  readonly flows?: { readonly size: number; readonly timeoutSeconds: number };
}

/** By an element's key. */
export type Counts = ReadonlyMap<string, { readonly packets: number; readonly bytes: number }>;

export interface Timeout {
  readonly protocol: 'tcp' | 'udp';
  readonly seconds: number;
}

export interface Chain {
  /** "type filter hook input priority 0; policy drop;" or null. */
  readonly hook: string | null;
  readonly rules: readonly string[];
}

export const TABLE = 'culvert';
export const FINGERPRINT_SET = 'fingerprint';
const FINGERPRINT_TYPE = 'ipv4_addr . ipv4_addr . ipv4_addr . ipv4_addr';
export const NO_TABLE: Table = { counters: [], timeouts: {}, sets: {}, chains: {} };
const FAMILIES = ['ip', 'ip6', 'arp'] as const;
type TableFamily = (typeof FAMILIES)[number];

export const set = (type: string, elements: readonly string[]): NftSet => ({ kind: 'set', type, elements });
export const map = (type: string, elements: readonly string[]): NftSet => ({ kind: 'map', type, elements });
export const intervals = (type: string, elements: readonly string[]): NftSet => ({
  ...map(type, elements),
  hasRanges: true,
});
/** A map where elements have values. */
export const counted = (type: string, elements: readonly string[]): NftSet => ({
  ...(type.includes(' : ') ? map(type, elements) : set(type, elements)),
  counted: true,
});
export const base = (hook: string, rules: readonly string[]): Chain => ({ hook: `type ${hook}`, rules });
export const plain = (rules: readonly string[]): Chain => ({ hook: null, rules });
export const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`);

/** A digest of the whole program, in a form that fits into a set of the program itself. */
export const fingerprint = remember((program: Program): string => {
  const digest = createHash('sha1');
  for (const family of FAMILIES) {
    const { sets, ...rest } = program[family];
    digest.update(JSON.stringify(rest));
    for (const [name, { elements, ...kind }] of Object.entries(sets)) {
      let [low, high] = [0, 0];
      for (const sum of chunksOf(elements).map(sumOf)) [low, high] = [(low + sum.low) >>> 0, (high + sum.high) >>> 0];
      digest.update(JSON.stringify([name, kind, elements.length, low, high]));
    }
  }
  const bytes = digest.digest();
  return [0, 4, 8, 12].map((at) => [...bytes.subarray(at, at + 4)].join('.')).join(' . ');
});

const OTHER_BASIS = 0x9e3779b9;

/** A sum over elements, the same however they are cut into chunks, which only chance could make equal for others. Their order is the kernel's affair. */
const sumOf = remember((elements: readonly string[]): { readonly low: number; readonly high: number } => {
  let [low, high] = [0, 0];
  for (const element of elements) {
    low = (low + hash32(element)) >>> 0;
    high = (high + hash32(element, OTHER_BASIS)) >>> 0;
  }
  return { low, high };
});

/** How much there is of everything: found different, someone else has been at the tables. */
export function shape(program: Program): string[] {
  return FAMILIES.flatMap((family) => [
    ...Object.entries(program[family].chains).map(([name, chain]) => `${family} chain ${name} ${chain.rules.length}`),
    ...Object.entries(program[family].sets).map(
      ([name, { flows, elements }]) => `${family} set ${name} ${flows === undefined ? elements.length : 'flows'}`,
    ),
  ]).sort();
}

/** Replaces whatever there is. `counts`, by family and set: what was counted goes on. */
export function replacement(program: Program, counts?: ReadonlyMap<string, Counts>): string {
  const lines = FAMILIES.flatMap((family) => [
    `add table ${family} ${TABLE}`,
    `delete table ${family} ${TABLE}`,
    ...(program[family] === NO_TABLE ? [] : [`add table ${family} ${TABLE}`]),
    ...(family === 'ip' ? [`add set ip ${TABLE} ${FINGERPRINT_SET} { type ${FINGERPRINT_TYPE}; }`] : []),
    ...(difference(family, NO_TABLE, program[family], counts) ?? []),
  ]);
  lines.push(`add element ip ${TABLE} ${FINGERPRINT_SET} { ${fingerprint(program)} }`);
  return lines.join('\n');
}

/** From the program in force to another; '' where they are equal, null where it can only be replaced. */
export function transition(from: Program, to: Program): string | null {
  const lines: string[] = [];
  for (const family of FAMILIES) {
    const appears = (from[family] === NO_TABLE) !== (to[family] === NO_TABLE);
    const part = appears ? null : difference(family, from[family], to[family]);
    if (part === null) return null;
    lines.push(...part);
  }
  if (lines.length === 0) return '';
  const set = `element ip ${TABLE} ${FINGERPRINT_SET}`;
  lines.push(`delete ${set} { ${fingerprint(from)} }`, `add ${set} { ${fingerprint(to)} }`);
  return lines.join('\n');
}

/** Commands in the order that references allow: what is referred to first, what refers last; deletion in reverse. */
function difference(
  family: TableFamily,
  from: Table,
  to: Table,
  counts?: ReadonlyMap<string, Counts>,
): string[] | null {
  const at = `${family} ${TABLE}`;
  const declare: string[] = [];
  const refill: string[] = [];
  const dropElements: string[] = [];
  const addElements: string[] = [];
  const discard: string[] = [];

  for (const name of to.counters) if (!from.counters.includes(name)) declare.push(`add counter ${at} ${name}`);
  for (const [name, timeout] of Object.entries(to.timeouts)) {
    if (from.timeouts[name] === undefined)
      declare.push(`add ct timeout ${at} ${name} { ${timeoutText(family, timeout)} }`);
  }
  for (const [name, chain] of Object.entries(to.chains)) {
    const before = from.chains[name];
    if (before !== undefined && before.hook !== chain.hook) return null;
    if (before === undefined) declare.push(`add chain ${at} ${name}${chain.hook === null ? '' : ` { ${chain.hook} }`}`);
    if (before !== undefined && sameList(before.rules, chain.rules)) continue;
    if (before !== undefined) refill.push(`flush chain ${at} ${name}`);
    for (const rule of chain.rules) refill.push(`add rule ${at} ${name} ${rule}`);
  }
  for (const [name, set] of Object.entries(to.sets)) {
    const before = from.sets[name];
    if (before !== undefined && (before.kind !== set.kind || declaration(before) !== declaration(set))) return null;
    if (before === undefined) declare.push(`add ${set.kind} ${at} ${name} { ${declaration(set)} }`);
    const { gone, come } = changes(before?.elements ?? [], set.elements);
    if (gone.length > 0) dropElements.push(`delete element ${at} ${name} { ${gone.map(keyOf).join(', ')} }`);
    if (come.length > 0)
      addElements.push(`add element ${at} ${name} { ${withCounts(come, counts?.get(`${family} ${name}`))} }`);
  }
  for (const name of Object.keys(from.chains)) {
    if (to.chains[name] !== undefined) continue;
    // Emptied first: chains that jump to one another cannot go one by one otherwise.
    refill.push(`flush chain ${at} ${name}`);
    discard.push(`delete chain ${at} ${name}`);
  }
  for (const [name, set] of Object.entries(from.sets)) {
    if (to.sets[name] !== undefined) continue;
    if (set.type.endsWith('verdict')) dropElements.push(`flush ${set.kind} ${at} ${name}`);
    discard.push(`delete ${set.kind} ${at} ${name}`);
  }
  for (const name of Object.keys(from.timeouts)) {
    if (to.timeouts[name] === undefined) discard.push(`delete ct timeout ${at} ${name}`);
  }
  return [...declare, ...refill, ...dropElements, ...addElements, ...discard];
}

function declaration({ type, hasRanges, counted, flows }: NftSet): string {
  return [
    type.startsWith('typeof ') ? type : `type ${type}`,
    ...(hasRanges ? ['flags interval'] : []),
    ...(flows ? [`size ${flows.size}`, 'flags dynamic,timeout', `timeout ${flows.timeoutSeconds}s`] : []),
    ...(counted ? ['counter'] : []),
  ]
    .map((word) => `${word};`)
    .join(' ');
}

function withCounts(elements: readonly string[], counts: Counts | undefined): string {
  if (counts === undefined) return elements.join(', ');
  return elements
    .map((element) => {
      const key = keyOf(element);
      const { packets = 0, bytes = 0 } = counts.get(key) ?? {};
      return `${key} counter packets ${packets} bytes ${bytes}${element.slice(key.length)}`;
    })
    .join(', ');
}

/** Values are equal where names are: a name says protocol and seconds. */
function timeoutText(family: TableFamily, { protocol, seconds }: Timeout): string {
  // Tracking does not see what the fast path carries: neither that the third packet of a handshake came, nor what was acknowledged.
  const states = protocol === 'tcp' ? ['syn_recv', 'established', 'retrans', 'unack'] : ['unreplied', 'replied'];
  const policy = states.map((state) => `${state} : ${seconds}`).join(', ');
  return `protocol ${protocol}; l3proto ${family}; policy = { ${policy} };`;
}

function keyOf(element: string): string {
  return element.split(' : ')[0] ?? element;
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((item, at) => item === b[at]));
}
