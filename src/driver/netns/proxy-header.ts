/**
 * Proxy Protocol in the kernel: programs at the links of routers whose load balancers ask for it (proxy-header.bpf.c says what they
 * do), and what they know of listeners and endpoints. They stay at a link when nobody asks for it any more: connections that began with
 * a header need them to their end.
 */
import { deleteFromMap, keysOf, readMap, writeMap } from '../../host/bpf.ts';
import { Fault } from '../../host/fault.ts';
import { namespaceNumber } from '../../host/namespace-number.ts';
import type { Paths } from '../../host/paths.ts';
import { CRC32C_TABLE } from '../../net/crc32c.ts';
import { isIpv6, parseIpv4 } from '../../net/ip.ts';
import type { Balancer, Crossing, Pool } from '../../plan/plan.ts';
import { createLinkPrograms } from './link-programs.ts';
import { crossingLink } from './names.ts';

export const proxyHeaders = createLinkPrograms({
  object: 'proxy-header.bpf.o',
  programs: { ingress: 'header_in', egress: 'header_out' },
  maps: ['fronts', 'passages', 'handshakes', 'crc_table'],
  // Before the fast path, which leaves their connections alone.
  priority: 1,
  onFound({ crc_table: table = -1 }) {
    for (const [index, value] of CRC32C_TABLE.entries()) writeMap(table, u32(index), u32(value));
  },
});

/** enum way, struct listener, struct passage. */
const WAYS = { direct: 0, crossed: 1, own: 2 } as const;
const FRONT_BYTES = 12;
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
  const known = wanted.filter((entry) => !entry.startsWith('at '));
  const number = proxyHeaders.numberAt(path);
  const maps = proxyHeaders.maps();
  if (maps === null || number === null) return [...stale, ...there];
  const { fronts, passages } = encoded(paths, id, number, known);
  const isWhole =
    holds(maps.fronts, fronts) && holds(maps.passages, passages) && strays(maps.fronts, number, fronts).length === 0;
  return [...stale, ...there, ...(isWhole ? known : ['unlike'])];
}

/**
 * Brings a router to just these. A program never meets a packet before it knows what it is to know, and one of another version gives
 * way to ours even where nobody asks any more: without any, the streams that began with a header would be wrong.
 */
export function setHeaders(paths: Paths, id: string, entries: readonly string[], stale: readonly string[]): void {
  const path = paths.netnsOf(id);
  const asked = entries.filter((entry) => entry.startsWith('at ')).map((entry) => entry.slice('at '.length));
  const links = [...asked, ...stale];
  if (links.length > 0 && proxyHeaders.refusal() !== null) proxyHeaders.detach(path, stale);
  const number = links.length > 0 ? proxyHeaders.claimNumber(path) : proxyHeaders.numberAt(path);
  const maps = proxyHeaders.maps();
  if (maps === null || number === null) {
    if (asked.length === 0) return;
    throw new Fault(`no Proxy Protocol in the kernel: ${proxyHeaders.refusal() ?? 'no number is left'}`);
  }
  const { fronts, passages } = encoded(paths, id, number, entries);
  for (const key of strays(maps.fronts, number, fronts)) deleteFromMap(maps.fronts ?? -1, key);
  for (const [map, rows] of [[maps.fronts, fronts] as const, [maps.passages, passages] as const]) {
    for (const [key, value] of rows) writeMap(map ?? -1, Buffer.from(key, 'hex'), value);
  }
  proxyHeaders.attach(path, links);
}

interface Encoded {
  /** By key, in hexadecimal digits. */
  readonly fronts: ReadonlyMap<string, Buffer>;
  readonly passages: ReadonlyMap<string, Buffer>;
}

function encoded(paths: Paths, id: string, number: number, entries: readonly string[]): Encoded {
  const fronts = new Map<string, Buffer>();
  const passages = new Map<string, Buffer>();
  for (const entry of entries) {
    const [kind, address = '', ...rest] = entry.split(' ');
    if (kind === 'front') {
      const [port, way, told = NO_ADDRESS, endpoint = NO_ID] = rest;
      const key = Buffer.alloc(FRONT_BYTES);
      writeAddress(key, 0, address);
      key.writeUInt16BE(Number(port), 4);
      key.writeUInt32LE(number, 8);
      const value = Buffer.alloc(LISTENER_BYTES);
      value.writeUInt32LE(WAYS[way as keyof typeof WAYS], 0);
      writeAddress(value, 4, told);
      if (endpoint !== NO_ID) value.write(endpoint, 8, ID_BYTES, 'latin1');
      fronts.set(key.toString('hex'), value);
    }
    if (kind === 'passage') {
      const [endpoint = '', consumer = ''] = rest;
      const key = Buffer.alloc(4);
      writeAddress(key, 0, address);
      const value = Buffer.alloc(PASSAGE_BYTES);
      value.writeInt32LE(namespaceNumber(paths.netnsOf(id), paths.netnsOf(consumer)), 0);
      value.write(endpoint, 4, ID_BYTES, 'latin1');
      passages.set(key.toString('hex'), value);
    }
  }
  return { fronts, passages };
}

function holds(map: number | undefined, rows: ReadonlyMap<string, Buffer>): boolean {
  const found = new Set([...rows].map(([key]) => key));
  for (const [key, value] of rows) {
    try {
      if (readMap(map ?? -1, Buffer.from(key, 'hex'), Buffer.alloc(value.length)).equals(value)) found.delete(key);
    } catch {
      // It is not there.
    }
  }
  return found.size === 0;
}

/** Keys of the router's that none of `rows` has. */
function strays(map: number | undefined, number: number, rows: ReadonlyMap<string, Buffer>): Buffer[] {
  const found = [...keysOf(map ?? -1, FRONT_BYTES)];
  return found.filter((key) => key.readUInt32LE(8) === number && !rows.has(key.toString('hex')));
}

function writeAddress(bytes: Buffer, at: number, address: string): void {
  bytes.writeUInt32BE(parseIpv4(address) ?? 0, at);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
