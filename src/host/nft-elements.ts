/**
 * Elements of nftables sets, and counters, by netlink: some microseconds each, and nothing else is asked for. libnftables would first
 * fetch all elements of all sets whatever it is asked, and before 1.0.8 cannot set counters back when it reads them.
 * Read linux/netfilter/nf_tables.h.
 */
import { getSystemErrorName } from 'node:util';
import { Fault } from './fault.ts';
import { call, closeFd, receive, send } from './libc.ts';
import { attribute, attributesOf, NETLINK_NETFILTER, text } from './netlink.ts';
import { inNetns } from './netns.ts';
import { atOnce } from './slices.ts';

/** NFNL_SUBSYS_NFTABLES and NFT_MSG_GETSETELEM, _GETSETELEM_RESET (Linux 6.5), _GETOBJ. */
const SUBSYSTEM = 10 << 8;
const GET = SUBSYSTEM | 13;
const RESET = SUBSYSTEM | 33;
const GET_OBJECT = SUBSYSTEM | 19;
const FAMILY = { ip: 2, ip6: 10, arp: 3 } as const;
export type NftFamily = keyof typeof FAMILY;
const LIST = { table: 1, set: 2, elements: 3 } as const;
const ELEMENT = { key: 1, flags: 3, expression: 7, expressions: 17 } as const;
/** Of a set with ranges: not an element, but where one ends. */
const INTERVAL_END = 1;
const EXPRESSION_DATA = 2;
const OBJECT = { table: 1, name: 2, type: 3, data: 4 } as const;
/** NFT_OBJECT_COUNTER. */
const OBJECT_COUNTER = Buffer.of(0, 0, 0, 1);
const COUNTER = { bytes: 1, packets: 2 } as const;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const REQUEST_DUMP = 0x301;
const INTERRUPTED = 0x10;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER_BYTES = 16;
const HEADERS_BYTES = HEADER_BYTES + 4;
const DUMP_BYTES = 65_536;
const TYPE_MASK = 0x3fff;
const TRIES = 5;

export interface CountedElement {
  /** Parts are padded to four bytes each; addresses and ports in network order, all else in the host's. */
  readonly key: Buffer;
  /** 0 where the set does not count. */
  readonly packets: number;
  readonly bytes: number;
}

export interface TableReader {
  /** Empty where there is no such set. A range is told by where it begins. `reset`: counters begin anew. */
  read(family: NftFamily, set: string, options?: { readonly reset?: boolean }): CountedElement[];
  /** The same, some hundred elements a piece. */
  readInPieces(
    family: NftFamily,
    set: string,
    options?: { readonly reset?: boolean },
  ): Generator<void, CountedElement[]>;
  /** Packets, by name. */
  counters(family: NftFamily): Map<string, number>;
}

/** Works with one table of each family in the namespace at `path`. Synchronous. */
export function withTable<T>(path: string, table: string, work: (reader: TableReader) => T): T {
  const fd = socketIn(path);
  try {
    return work(readerOf(fd, table));
  } finally {
    closeFd(fd);
  }
}

/** The same for work in pieces, which others' work may come between. */
export function* withTableInPieces<T>(
  path: string,
  table: string,
  work: (reader: TableReader) => Generator<void, T>,
): Generator<void, T> {
  const fd = socketIn(path);
  try {
    return yield* work(readerOf(fd, table));
  } finally {
    closeFd(fd);
  }
}

function socketIn(path: string): number {
  return inNetns(path, () => call('socket', path, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
}

function readerOf(fd: number, table: string): TableReader {
  function* readInPieces(
    family: NftFamily,
    set: string,
    { reset = false }: { readonly reset?: boolean } = {},
  ): Generator<void, CountedElement[]> {
    const body = Buffer.concat([attribute(LIST.table, text(table)), attribute(LIST.set, text(set))]);
    for (let tries = 1; ; tries++) {
      const found: CountedElement[] = [];
      const isWhole = yield* dump(fd, reset ? RESET : GET, family, body, (message, start, end) => {
        const [from, to] = payload(message, start, end, LIST.elements);
        eachIn(message, from, to, (_, at, until) => addElement(message, at, until, found));
      });
      // What was set back would not be told again.
      if (isWhole || reset || tries === TRIES) return found;
    }
  }
  return {
    readInPieces,
    read: (...asked) => atOnce(readInPieces(...asked)),
    counters(family) {
      const body = Buffer.concat([attribute(OBJECT.table, text(table)), attribute(OBJECT.type, OBJECT_COUNTER)]);
      const found = new Map<string, number>();
      const pieces = dump(fd, GET_OBJECT, family, body, (message, start, end) => {
        const attributes = attributesOf(message.subarray(start, end));
        const name = attributes.get(OBJECT.name)?.toString().split('\0')[0];
        const packets = attributesOf(attributes.get(OBJECT.data)).get(COUNTER.packets);
        if (name !== undefined && packets !== undefined) found.set(name, Number(packets.readBigUInt64BE()));
      });
      atOnce(pieces);
      return found;
    },
  };
}

type Piece = (message: Buffer, start: number, end: number) => void;

/** Calls `each` with the attributes of each message; false: while it was told, something changed. */
function* dump(fd: number, type: number, family: NftFamily, body: Buffer, each: Piece): Generator<void, boolean> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(HEADERS_BYTES + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(REQUEST_DUMP, 6);
  send(fd, Buffer.concat([header, Buffer.of(FAMILY[family], 0, 0, 0), body]));
  for (let isWhole = true; ; ) {
    const answer = receive(fd, DUMP_BYTES);
    for (let at = 0; at + HEADER_BYTES <= answer.length; ) {
      const length = Math.max(HEADER_BYTES, answer.readUInt32LE(at));
      const kind = answer.readUInt16LE(at + 4);
      if ((answer.readUInt16LE(at + 6) & INTERRUPTED) !== 0) isWhole = false;
      if (kind === NLMSG_ERROR || kind === NLMSG_DONE) {
        const code = answer.readInt32LE(at + HEADER_BYTES);
        const error = code === 0 ? '' : getSystemErrorName(code);
        if (error !== '' && error !== 'ENOENT') throw new Fault(`nftables: ${error}`);
        return isWhole;
      }
      each(answer, at + HEADERS_BYTES, at + length);
      at += (length + 3) & ~3;
    }
    yield;
  }
}

/** Many of them: without a copy, or a Map for each. */
function addElement(message: Buffer, start: number, end: number, found: CountedElement[]): void {
  let key: Buffer | undefined;
  let [packets, bytes] = [0, 0];
  let isEnd = false;
  const count = (from: number, to: number) => {
    const [dataFrom, dataTo] = payload(message, from, to, EXPRESSION_DATA);
    eachIn(message, dataFrom, dataTo, (type, at) => {
      if (type === COUNTER.packets) packets = Number(message.readBigUInt64BE(at));
      if (type === COUNTER.bytes) bytes = Number(message.readBigUInt64BE(at));
    });
  };
  eachIn(message, start, end, (type, at, until) => {
    if (type === ELEMENT.key) key = Buffer.from(message.subarray(at + 4, until));
    else if (type === ELEMENT.flags) isEnd = (message.readUInt32BE(at) & INTERVAL_END) !== 0;
    else if (type === ELEMENT.expression) count(at, until);
    else if (type === ELEMENT.expressions) eachIn(message, at, until, (_, from, to) => count(from, to));
  });
  if (key !== undefined && !isEnd) found.push({ key, packets, bytes });
}

function eachIn(
  message: Buffer,
  start: number,
  end: number,
  each: (type: number, at: number, end: number) => void,
): void {
  for (let at = start; at + 4 <= end; ) {
    const length = Math.max(4, message.readUInt16LE(at));
    each(message.readUInt16LE(at + 2) & TYPE_MASK, at + 4, at + length);
    at += (length + 3) & ~3;
  }
}

/** Where the payload of an attribute of a type is; empty: there is none. */
function payload(message: Buffer, start: number, end: number, wanted: number): readonly [number, number] {
  let found: readonly [number, number] = [end, end];
  eachIn(message, start, end, (type, at, until) => {
    if (type === wanted) found = [at, until];
  });
  return found;
}
