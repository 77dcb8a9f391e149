/**
 * Proxy Protocol in the kernel: programs at the links of routers whose load balancers ask for it (proxy-header.bpf.c says what they
 * do), and what they know of listeners and endpoints. They stay at a link when nobody asks for it any more: connections that began with
 * a header need them to their end.
 */
import { writeMap } from '../../host/bpf.ts';
import { Fault } from '../../host/fault.ts';
import { namespaceNumber } from '../../host/namespace-number.ts';
import type { Paths } from '../../host/paths.ts';
import { CRC32C_TABLE } from '../../net/crc32c.ts';
import { isIpv6, parseIpv4 } from '../../net/ip.ts';
import type { Balancer, Crossing, Pool } from '../../plan/plan.ts';
import { createLinkPrograms } from './link-programs.ts';
import { crossingLink } from './names.ts';
import { RouterRows } from './router-rows.ts';
import type { HeaderChange } from './state.ts';

/** null: there are no programs, or nobody asked for them yet. */
let rows: Readonly<Record<Kind, RouterRows>> | null = null;
type Kind = 'fronts' | 'passages';

export const proxyHeaders = createLinkPrograms({
  object: 'proxy-header.bpf.o',
  programs: { ingress: 'header_in', egress: 'header_out' },
  maps: ['fronts', 'passages', 'handshakes', 'crc_table'],
  // Before the fast path, which leaves their connections alone.
  place: { priority: 1, packets: 'ip' },
  onFound({ crc_table: table = -1, fronts = -1, passages = -1 }) {
    rows = { fronts: new RouterRows(fronts, FRONT_BYTES), passages: new RouterRows(passages, LINK_BYTES) };
    for (const [index, value] of CRC32C_TABLE.entries()) writeMap(table, u32(index), u32(value));
  },
});

/** enum way; struct front, link, listener, passage. */
const WAYS = { direct: 0, crossed: 1, own: 2 } as const;
const FRONT_BYTES = 12;
const LINK_BYTES = 8;
const LISTENER_BYTES = 32;
const PASSAGE_BYTES = 28;
const ID_BYTES = 22;
const NO_ADDRESS = '0.0.0.0';
const NO_ID = '-';

/**
 * What the programs of a router are to know: "at LINK", "front ADDRESS PORT direct|crossed|own TOLD ID" (TOLD 0.0.0.0: the address that
 * the client asked), "passage ADDRESS ID NAMESPACE dev LINK". Empty: no listener there asks for it.
 */
export function headerEntries(router: {
  readonly id: string;
  readonly balancers: readonly Balancer[];
  readonly pools: ReadonlyMap<string, Pool>;
  readonly provided: readonly Crossing[];
  readonly links: readonly string[];
}): readonly string[] {
  const nodes = router.balancers
    .flatMap(({ nodes }) => nodes)
    .filter(({ address }) => !isIpv6(address))
    .map((node) => {
      const listeners = node.listeners.filter(
        ({ engine, protocol, pool }) =>
          engine === 'kernel' && protocol === 'tcp' && router.pools.get(pool)?.proxyProtocol === true,
      );
      return { ...node, ports: new Set(listeners.map(({ port }) => port)) };
    })
    .filter(({ ports }) => ports.size > 0);
  if (nodes.length === 0) return [];
  const byCrossing = new Map(nodes.map((node) => [node.crossingAddress, node]));
  const open = router.provided.filter((crossing) => crossing.open && byCrossing.has(crossing.targetAddress));
  const [own, others] = [true, false].map((isOwn) => open.filter(({ consumer }) => (consumer === router.id) === isOwn));
  return [
    ...router.links.map((link) => `at ${link}`),
    ...nodes.flatMap(({ address, crossingAddress, publicAddress, ports }) => {
      return [...ports].flatMap((port) => [
        `front ${address} ${port} direct ${NO_ADDRESS} ${NO_ID}`,
        ...(publicAddress === null ? [] : [`front ${publicAddress} ${port} direct ${address} ${NO_ID}`]),
        `front ${crossingAddress} ${port} crossed ${NO_ADDRESS} ${NO_ID}`,
      ]);
    }),
    ...(own ?? []).flatMap(({ address, targetAddress, listeners, origin }) =>
      listeners
        .filter(
          ({ protocol, targetPort }) => protocol === 'tcp' && byCrossing.get(targetAddress)?.ports.has(targetPort),
        )
        .map(({ port }) => `front ${address} ${port} own ${NO_ADDRESS} ${origin[1]}`),
    ),
    ...(others ?? []).map(
      ({ linkAddress, consumer, origin }) =>
        `passage ${linkAddress} ${origin[1]} ${consumer} dev ${crossingLink(consumer)}`,
    ),
  ].sort();
}

/** Those of `wanted` that are there; with something else behind them where there is more, or other, than that. */
export function headersAt(paths: Paths, id: string, links: readonly string[], wanted: readonly string[]): string[] {
  const path = paths.netnsOf(id);
  const attached = proxyHeaders.at(path, links).map((link) => `at ${link}`);
  const stale = attached.filter((entry) => entry.startsWith('at stale'));
  const there = wanted.filter((entry) => entry.startsWith('at ') && attached.includes(entry));
  const number = proxyHeaders.numberAt(path);
  if (rows === null || number === null) return [...stale, ...there];
  const found = { fronts: rows.fronts.keysOf(number).size, passages: rows.passages.keysOf(number).size };
  const known: string[] = [];
  for (const entry of wanted) {
    const row = rowOf(paths, id, number, entry);
    if (row === null || !rows[row.kind].holds(row.key, row.value)) continue;
    known.push(entry);
    found[row.kind]--;
  }
  return [...stale, ...there, ...known, ...(found.fronts === 0 && found.passages === 0 ? [] : [UNLIKE])];
}

/** What a router's programs know more, or otherwise, than anybody wants. */
const UNLIKE = 'unlike';

/**
 * Brings a router to just these, of which `come` are new and `gone` are no more. A program never meets a packet before it knows what it
 * is to know, and one of another version gives way to ours even where nobody asks any more: without any, the streams that began with
 * a header would be wrong.
 */
export function setHeaders(paths: Paths, id: string, change: HeaderChange): void {
  const { entries, come, gone, stale } = change;
  const path = paths.netnsOf(id);
  const links = [...come.filter(isLink).map((entry) => entry.slice(LINK.length)), ...stale];
  if (links.length > 0 && proxyHeaders.refusal() !== null) proxyHeaders.detach(path, stale);
  const number = come.length > 0 || stale.length > 0 ? proxyHeaders.claimNumber(path) : proxyHeaders.numberAt(path);
  if (rows === null || number === null) {
    if (!come.some(isLink)) return;
    throw new Fault(`no Proxy Protocol in the kernel: ${proxyHeaders.refusal() ?? 'no number is left'}`);
  }
  // What a version before ours knew is in maps of its own.
  const known = stale.length > 0 ? entries : come;
  for (const entry of known) {
    const row = rowOf(paths, id, number, entry);
    if (row !== null) rows[row.kind].write(Buffer.from(row.key, 'hex'), row.value());
  }
  // Only now: a key may have got another value, and a connection that finds none would pass without its header.
  const own = rows;
  const isUnlike = gone.includes(UNLIKE);
  const kept = new Set((isUnlike ? entries : come).map((entry) => nameOf(rowOf(paths, id, number, entry))));
  const before = isUnlike
    ? KINDS.flatMap((kind) => [...own[kind].keysOf(number)].map((key) => ({ kind, key })))
    : gone.flatMap((entry) => rowOf(paths, id, number, entry) ?? []);
  for (const row of before) if (!kept.has(nameOf(row))) own[row.kind].delete(row.key);
  proxyHeaders.attach(path, links);
}

const KINDS = ['fronts', 'passages'] as const;

/** Of a router that is to go: nothing is asked of it any more. */
export function forgetHeaders(path: string): void {
  if (rows === null) return;
  const number = proxyHeaders.numberAt(path);
  if (number === null) return;
  rows.fronts.drop(number);
  rows.passages.drop(number);
}

interface Row {
  readonly kind: Kind;
  /** In hexadecimal digits. */
  readonly key: string;
  /** Asks the kernel, for a passage. */
  readonly value: () => Buffer;
}

function nameOf(row: Pick<Row, 'kind' | 'key'> | null): string | undefined {
  return row === null ? undefined : `${row.kind} ${row.key}`;
}

const LINK = 'at ';

function isLink(entry: string): boolean {
  return entry.startsWith(LINK);
}

/** null: the entry is of a link. */
function rowOf(paths: Paths, id: string, number: number, entry: string): Row | null {
  const [word, address = '', ...rest] = entry.split(' ');
  const kind = ({ front: 'fronts', passage: 'passages' } as const)[word as 'front' | 'passage'];
  if (rows === null || kind === undefined) return null;
  const key = rows[kind].key(number);
  writeAddress(key, 0, address);
  if (kind === 'passages') {
    const [endpoint = '', consumer = ''] = rest;
    const value = () => {
      const bytes = Buffer.alloc(PASSAGE_BYTES);
      bytes.writeInt32LE(namespaceNumber(paths.netnsOf(id), paths.netnsOf(consumer)), 0);
      bytes.write(endpoint, 4, ID_BYTES, 'latin1');
      return bytes;
    };
    return { kind, key: key.toString('hex'), value };
  }
  const [port, way, told = NO_ADDRESS, endpoint = NO_ID] = rest;
  key.writeUInt16BE(Number(port), 4);
  const value = () => {
    const bytes = Buffer.alloc(LISTENER_BYTES);
    bytes.writeUInt32LE(WAYS[way as keyof typeof WAYS], 0);
    writeAddress(bytes, 4, told);
    if (endpoint !== NO_ID) bytes.write(endpoint, 8, ID_BYTES, 'latin1');
    return bytes;
  };
  return { kind, key: key.toString('hex'), value };
}

function writeAddress(bytes: Buffer, at: number, address: string): void {
  bytes.writeUInt32BE(parseIpv4(address) ?? 0, at);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
