/**
 * Entries of a network ACL, asked in order, as blocks of addresses of which the longest that an address is in decides. A
 * packet so costs one look-up for each length in use and one by port, however many entries there are, and an entry more changes
 * its own block and those inside it. Pure; knows no nftables.
 */
import { type Cidr, cidrAddress, cidrOf } from '../../net/cidr.ts';
import { remember } from '../../plan/memo.ts';
import type { AclEntry } from '../../plan/plan.ts';
import { type Family, familyOf } from './family.ts';

/** What is asked of a packet from or to addresses of one block. */
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

/** Where `policy` decides, but for the longer blocks inside. */
export interface AddressBlock {
  readonly address: string;
  readonly prefix: number;
  readonly policy: Policy;
}

const ICMP: Readonly<Record<Family, string>> = { ip: '1', ip6: '58' };
const LAST_PORT = 65_535;

/**
 * The longest block that an address is in decides. The last is all addresses. None has the policy of the block around it.
 * Entries in their order.
 */
export function addressBlocks(family: Family, entries: readonly AclEntry[]): readonly AddressBlock[] {
  const policies = new Map<string, Known>();
  const knownOf = (active: readonly Asked[]): Known => {
    const asked = untilAll(active.map(({ entry }) => entry));
    const text = asked.map((entry) => readOf(entry).condition).join(';');
    let found = policies.get(text);
    if (found === undefined) {
      const policy = policyOf(family, asked);
      found = { policy, key: JSON.stringify(policy) };
      policies.set(text, found);
    }
    return found;
  };
  const ours = askedIn(entries)[family];
  const found: AddressBlock[] = [];
  // Blocks lie inside one another or do not meet: those around the next one are a stack.
  const around: Around[] = [];
  let at = 0;
  const open = (block: Block) => {
    const start = at;
    while (ours[at]?.block.place === block.place) at++;
    const own = ours.slice(start, at);
    const outer = around.at(-1);
    // Of thousands beside one another that say the same, one is looked into.
    const inside = insideOf(outer);
    const said = outer === undefined ? '' : saidIn(outer, own);
    let known = inside.get(said);
    if (known === undefined) {
      known = knownOf(merged(outer, own));
      inside.set(said, known);
    }
    if (known.key !== outer?.known.key) found.push(blockWith(block, known));
    around.push({ outer, own, known, end: block.end, inside: null, active: null });
  };
  open(ALL[family]);
  for (let next = ours[at]; next !== undefined; next = ours[at]) {
    while ((around.at(-1)?.end ?? next.block.place) < next.block.place) around.pop();
    open(next.block);
  }
  return found.sort((a, b) => b.prefix - a.prefix);
}

interface Block extends Cidr {
  readonly family: Family;
  readonly address: string;
  /** Ascending in the order in which blocks open: by first address, the shorter prefix first. */
  readonly place: number | bigint;
  /** The last place inside it. */
  readonly end: number | bigint;
  /** What was found of it the last time; null: nothing yet. */
  told: { readonly key: string; readonly found: AddressBlock } | null;
}

interface Known {
  readonly policy: Policy;
  readonly key: string;
}

interface Asked {
  readonly entry: AclEntry;
  readonly order: number;
  readonly block: Block;
  readonly read: Read;
}

/** What an entry says, read once. */
interface Read {
  readonly block: Block;
  readonly condition: string;
  /** The condition after so many entries of the block around it, the last time: mostly it is so many again. */
  before: number;
  said: string;
}

/** Of each family, in the order in which their blocks open. */
const askedIn = remember((entries: readonly AclEntry[]): Readonly<Record<Family, readonly Asked[]>> => {
  const asked: Record<Family, Asked[]> = { ip: [], ip6: [] };
  for (const [order, entry] of entries.entries()) {
    const read = readOf(entry);
    asked[read.block.family].push({ entry, order, block: read.block, read });
  }
  for (const each of [asked.ip, asked.ip6]) {
    each.sort((a, b) => (a.block.place < b.block.place ? -1 : a.block.place > b.block.place ? 1 : a.order - b.order));
  }
  return asked;
});

/** The very same object as the last time where it has an equal policy, so that what is known of it is found again. */
function blockWith(block: Block, { key, policy }: Known): AddressBlock {
  if (block.told?.key !== key) {
    block.told = { key, found: { address: block.address, prefix: block.prefix, policy } };
  }
  return block.told.found;
}

/** A block that the next ones may lie in. */
interface Around {
  readonly outer: Around | undefined;
  readonly own: readonly Asked[];
  readonly known: Known;
  /** The last place inside it. */
  readonly end: Block['end'];
  /** Of blocks in it: by what their own entries say, and after how many of this one's each is asked; null: there was none yet. */
  inside: Map<string, Known> | null;
  /** All that is asked in it; null: nobody needed it yet. */
  active: readonly Asked[] | null;
}

function activeOf(block: Around): readonly Asked[] {
  block.active ??= merged(block.outer, block.own);
  return block.active;
}

function insideOf(block: Around | undefined): Map<string, Known> {
  if (block === undefined) return new Map();
  block.inside ??= new Map();
  return block.inside;
}

function merged(outer: Around | undefined, own: readonly Asked[]): readonly Asked[] {
  if (outer === undefined) return own;
  return [...activeOf(outer), ...own].sort((a, b) => a.order - b.order);
}

function saidIn(outer: Around, own: readonly Asked[]): string {
  const active = activeOf(outer);
  let text = '';
  for (const { order, read } of own) {
    let before = 0;
    while ((active[before]?.order ?? order) < order) before++;
    if (before !== read.before) {
      read.before = before;
      read.said = `${before} ${read.condition};`;
    }
    text += read.said;
  }
  return text;
}

const PREFIX_SPAN = 256n;
const LAST_PREFIX = 255;

const blockNamed = (cidr: string): Block => {
  const block = cidrOf(cidr);
  const family = familyOf(cidr);
  // A number is compared in a fraction of the time, and holds an IPv4 block whole.
  const placed = (address: bigint, prefix: number) => {
    const place = address * PREFIX_SPAN + BigInt(prefix);
    return family === 'ip' ? Number(place) : place;
  };
  return {
    ...{ ...block, family, address: cidrAddress(block, 0) },
    place: placed(block.first, block.prefix),
    end: placed(block.last, LAST_PREFIX),
    told: null,
  };
};
const ALL: Readonly<Record<Family, Block>> = { ip: blockNamed('0.0.0.0/0'), ip6: blockNamed('::/0') };
const readOf = remember((entry: AclEntry): Read => {
  const { action, protocol, ports, cidr } = entry;
  const condition = `${action} ${protocol} ${ports === null ? '' : `${ports.from} ${ports.to}`}`;
  return { block: blockNamed(cidr), condition, before: -1, said: '' };
});

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
  for (const { first, last, active } of sweep(ranges)) {
    const action = active[0] === undefined ? rest : (entries[active[0]]?.action ?? rest);
    if (action === rest) continue;
    const neighbour = found.at(-1);
    if (neighbour !== undefined && neighbour.to + 1 === first) found[found.length - 1] = { ...neighbour, to: last };
    else found.push({ from: first, to: last, action });
  }
  return found;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** The intervals between the ranges' ends, in order, each with the indices of the ranges that cover it, ascending: valid until the next. */
function* sweep(ranges: readonly Range[]): Iterable<Range & { readonly active: readonly number[] }> {
  const opens = Map.groupBy(ranges.keys(), (at) => ranges[at]?.first as number);
  const closes = Map.groupBy(ranges.keys(), (at) => (ranges[at]?.last as number) + 1);
  const points = [...new Set([0, ...opens.keys(), ...closes.keys()])]
    .filter((point) => point <= LAST_PORT)
    .sort((a, b) => a - b);
  const active: number[] = [];
  for (const [at, first] of points.entries()) {
    for (const index of closes.get(first) ?? []) active.splice(placeOf(active, index), 1);
    for (const index of opens.get(first) ?? []) active.splice(placeOf(active, index), 0, index);
    yield { first, last: (points[at + 1] ?? LAST_PORT + 1) - 1, active };
  }
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
