/**
 * Entries of a network ACL, asked in order, as blocks of addresses of which the longest that an address is in decides. A
 * packet so costs one look-up for each length in use and one by port, however many entries there are, and an entry more changes
 * its own block and those inside it. Pure; knows no nftables.
 */
import { type Cidr, cidrAddress, cidrOf } from '../../net/cidr.ts';
import { partition } from '../../net/partition.ts';
import { type Chunks, ordered } from '../../plan/lists.ts';
import { rememberWith } from '../../plan/memo.ts';
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
const MANY = 10_000;

/**
 * The longest block that an address is in decides. The last is all addresses. None has the policy of the block around it. In
 * chunks of blocks of one length. Entries in the order of their numbers.
 */
export function addressBlocks(family: Family, entries: readonly AclEntry[]): Chunks<AddressBlock> {
  const chunks = askedIn[family](entries);
  const ofAll = chunks[0]?.filter(({ block }) => block.prefix === 0) ?? [];
  const all = around(null, ALL[family], ofAll);
  const found = new Map<number, (readonly AddressBlock[])[]>([[0, [[blockOf(all)]]]]);
  // Blocks lie inside one another or do not meet: those around the next one are a stack.
  let inner = all;
  for (const chunk of chunks) {
    inner = leftAt(chunk[0]?.block.place ?? 0, inner);
    const { pieces, last } = blocksIn(chunk, inner);
    for (const [prefix, blocks] of pieces) {
      const before = found.get(prefix);
      if (before === undefined) found.set(prefix, [blocks]);
      else before.push(blocks);
    }
    inner = last;
  }
  return [...found].sort(([a], [b]) => b - a).flatMap(([, blocks]) => blocks);
}

interface Block extends Cidr {
  readonly family: Family;
  readonly address: string;
  /** Ascending in the order in which blocks open: by first address, the shorter prefix first. */
  readonly place: number | bigint;
  /** The last place inside it. */
  readonly end: number | bigint;
}

interface Asked {
  readonly entry: AclEntry;
  readonly block: Block;
  readonly condition: string;
}

/** Of each family, in the order in which their blocks open. */
const askedOf = (family: Family) =>
  ordered({
    imageOf: (entry: AclEntry) => (familyOf(entry.cidr) === family ? read(entry) : undefined),
    compare: (a: Asked, b: Asked) => comparePlaces(a.block, b.block) || a.entry.number - b.entry.number,
    areOne: (a, b) => a.block.place === b.block.place,
  });
const askedIn = { ip: askedOf('ip'), ip6: askedOf('ip6') };

function comparePlaces(a: Block, b: Block): number {
  return a.place < b.place ? -1 : a.place > b.place ? 1 : 0;
}

/** A block that the next ones may lie in. */
interface Around {
  readonly outer: Around | null;
  readonly block: Block;
  readonly own: readonly Asked[];
  readonly known: Known;
  /** All that is asked in it, in order; null: nobody needed it yet. */
  active: readonly Asked[] | null;
  /** Of blocks in it: by what their own entries say, and after how many of this one's each is asked. */
  inside: Map<string, Known> | null;
}

interface Known {
  readonly policy: Policy;
  readonly key: string;
}

/** Of a chunk, with what is around its first block: the blocks found, by length; and the innermost one. */
const blocksIn = rememberWith((chunk: readonly Asked[], outer: Around) => {
  const found: AddressBlock[] = [];
  let last = outer;
  for (const own of Map.groupBy(chunk, ({ block }) => block.place).values()) {
    const { block } = own[0] as Asked;
    if (block.prefix === 0) continue;
    const within = leftAt(block.place, last);
    last = around(within, block, own);
    if (last.known.key !== within.known.key) found.push(blockOf(last));
  }
  return { pieces: Map.groupBy(found, ({ prefix }) => prefix), last };
});

/** The innermost that is not left when the place is reached. */
function leftAt(place: Block['place'], inner: Around): Around {
  while (inner.outer !== null && inner.block.end < place) inner = inner.outer;
  return inner;
}

const arounds = new WeakMap<Asked, Around>();

/** The very same object as before where it is the same: what is known of blocks inside is found again. */
function around(outer: Around | null, block: Block, own: readonly Asked[]): Around {
  const [first] = own;
  const before = first === undefined ? NOBODY[block.family] : arounds.get(first);
  if (before?.outer === outer && before.own.length === own.length && own.every((each, at) => each === before.own[at])) {
    return before;
  }
  const known = outer === null ? knownOf(block.family, own) : knownIn(outer, own);
  const made = { outer, block, own, known, active: null, inside: null };
  if (first !== undefined) arounds.set(first, made);
  return made;
}

function blockOf({ block: { address, prefix }, known: { policy } }: Around): AddressBlock {
  return { address, prefix, policy };
}

function activeOf(block: Around): readonly Asked[] {
  block.active ??= merged(block.outer, block.own);
  return block.active;
}

function merged(outer: Around | null, own: readonly Asked[]): readonly Asked[] {
  return outer === null ? own : [...activeOf(outer), ...own].sort((a, b) => a.entry.number - b.entry.number);
}

/** Of thousands beside one another that say the same, one is looked into. */
function knownIn(outer: Around, own: readonly Asked[]): Known {
  const others = activeOf(outer);
  const said = own
    .map(({ entry, condition }) => {
      const before = partition(others.length, (at) => (others[at] as Asked).entry.number < entry.number);
      return `${before} ${condition}`;
    })
    .join(';');
  const found = outer.inside?.get(said) ?? knownOf(outer.block.family, merged(outer, own));
  // It may live as long as its ACL, and be asked all that time.
  if (outer.inside === null || outer.inside.size > MANY) outer.inside = new Map();
  outer.inside.set(said, found);
  return found;
}

function knownOf(family: Family, active: readonly Asked[]): Known {
  const policy = policyOf(family, untilAll(active));
  return { policy, key: JSON.stringify(policy) };
}

const PREFIX_SPAN = 256n;
const LAST_PREFIX = 255;

function blockNamed(cidr: string): Block {
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
  };
}
const ALL: Readonly<Record<Family, Block>> = { ip: blockNamed('0.0.0.0/0'), ip6: blockNamed('::/0') };
/** All addresses, where no entry names them all. */
const NOBODY: Readonly<Record<Family, Around>> = { ip: nobody('ip'), ip6: nobody('ip6') };

function nobody(family: Family): Around {
  const all = { outer: null, block: ALL[family], own: [] };
  return { ...all, known: knownOf(family, []), active: [], inside: null };
}

function read(entry: AclEntry): Asked {
  const { action, protocol, ports, cidr } = entry;
  const condition = `${action} ${protocol} ${ports === null ? '' : `${ports.from} ${ports.to}`}`;
  return { entry, block: blockNamed(cidr), condition };
}

/** Nothing is asked after an entry for all protocols. */
function untilAll(asked: readonly Asked[]): readonly AclEntry[] {
  const entries = asked.map(({ entry }) => entry);
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
  const placeOf = (index: number) => partition(active.length, (at) => (active[at] as number) < index);
  for (const [at, first] of points.entries()) {
    for (const index of closes.get(first) ?? []) active.splice(placeOf(index), 1);
    for (const index of opens.get(first) ?? []) active.splice(placeOf(index), 0, index);
    yield { first, last: (points[at + 1] ?? LAST_PORT + 1) - 1, active };
  }
}
