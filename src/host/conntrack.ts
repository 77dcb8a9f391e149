/**
 * Tracked connections in a namespace, by ctnetlink. Ends those of an address: whatever has it as source or destination, before
 * or after translation, is no longer established (a filter of Linux 6.9 and later). And tells what a connection was before
 * it was translated: one look-up in the kernel's hash table, however many connections there are.
 * Read linux/netfilter/nfnetlink_conntrack.h.
 */
import { getSystemErrorName } from 'node:util';
import ipaddr from 'ipaddr.js';
import { run } from './exec.ts';
import { Fault } from './fault.ts';
import { call, closeFd, receive, send } from './libc.ts';
import { attribute, attributesOf, u32 } from './netlink.ts';
import { inNetns } from './netns.ts';
import { atOnce } from './slices.ts';

const AF_NETLINK = 16;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_NETFILTER = 12;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NESTED = 0x8000;
/** NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_NEW, _GET, _DELETE. */
const CT_NEW = 1 << 8;
export const CT_GET = (1 << 8) | 1;
const CT_DELETE = (1 << 8) | 2;
const ENOENT = 2;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_IP_V4_DST = 2;
const CTA_IP_V6_SRC = 3;
const CTA_IP_V6_DST = 4;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_SRC_PORT = 2;
const CTA_PROTO_DST_PORT = 3;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;
/** Filter bits of the source address, protocol and source port. */
const SOURCE_FLAGS = (1 << 0) | (1 << 3) | (1 << 4);
const CTA_MARK = 8;
const CTA_ID = 12;
const CTA_MARK_MASK = 21;
/** Of marks: the bits above are those of programs at links, see fast-path.bpf.c and proxy-header.bpf.c. */
export const MARK_BITS = 0x03ffffff;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
/** Source, destination: attribute and filter bit. */
const SIDES = [
  { attribute: sourceAttribute, flag: 1 },
  { attribute: destinationAttribute, flag: 2 },
] as const;
const TUPLES = [CTA_TUPLE_ORIG, CTA_TUPLE_REPLY] as const;
/** struct nlmsghdr and struct nfgenmsg. */
const HEADER_BYTES = 16;
const HEADERS_BYTES = HEADER_BYTES + 4;
const DUMP_BYTES = 65536;

/** The two ends of a connection, as its packets in one direction name them. */
export interface Ends {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/**
 * The ends that the client's own packets name, of the connection whose packets leave this namespace, translated, as
 * `translated` says. Undefined: no such connection is tracked.
 */
export function untranslated(
  path: string,
  translated: Ends,
  protocol: keyof typeof PROTOCOLS = 'tcp',
): Ends | undefined {
  return withSocket(path, (fd) => {
    const { source, sourcePort, destination, destinationPort } = translated;
    // What answers it comes from where it went to.
    const reply = {
      source: destination,
      sourcePort: destinationPort,
      destination: source,
      destinationPort: sourcePort,
    };
    const asked = attribute(CTA_TUPLE_REPLY | NESTED, tuple(reply, PROTOCOLS[protocol]));
    send(fd, message(CT_GET, NLM_F_REQUEST, source, asked));
    const answer = receive(fd, 4096);
    const kind = answer.readUInt16LE(4);
    if (kind === CT_NEW) return endsIn(answer.subarray(HEADERS_BYTES, answer.readUInt32LE(0)));
    const error = kind === NLMSG_ERROR ? -answer.readInt32LE(16) : 0;
    if (error === ENOENT) return undefined;
    throw new Fault(`conntrack in ${path}: error ${error}`);
  });
}

export async function cutFlows(path: string, addresses: readonly string[]): Promise<void> {
  const ofIpv6 = new Set(addresses.filter(isIpv6).map(canonical));
  if (ofIpv6.size > 0) {
    deleteEach(path, '::', ({ original, reply }) =>
      [original, reply].some(({ source, destination }) => ofIpv6.has(source) || ofIpv6.has(destination)),
    );
  }
  for (const address of addresses) {
    if (isIpv6(address)) continue;
    if (!deleteByNetlink(path, address)) await deleteByProgram(path, address);
  }
}

/** False where the kernel does not know the filter: it then refuses the message and deletes nothing. */
function deleteByNetlink(path: string, address: string): boolean {
  return withSocket(path, (fd) => {
    for (const tuple of TUPLES) {
      for (const side of SIDES) {
        if (!isDone(fd, address, ...deletion(address, tuple, side))) return false;
      }
    }
    return true;
  });
}

/** Connections with a mark, the protocol in its upper half, that were led to this address and port. */
export interface SpreadFlows {
  readonly address: string;
  readonly port: number;
  readonly mark: number;
}

export async function cutSpreadFlows(path: string, flows: SpreadFlows): Promise<void> {
  const { address, port, mark } = flows;
  const protocol = mark >>> 16;
  if (isIpv6(address)) {
    const source = canonical(address);
    deleteEach(path, '::', (flow) => {
      const isOfMark = (flow.mark & MARK_BITS) === mark && flow.protocol === protocol;
      const { reply } = flow;
      return isOfMark && 'sourcePort' in reply && reply.source === source && reply.sourcePort === port;
    });
    return;
  }
  const done = withSocket(path, (fd) => {
    const reply = Buffer.concat([
      attribute(CTA_TUPLE_IP | NESTED, sourceAttribute(address)),
      attribute(
        CTA_TUPLE_PROTO | NESTED,
        attribute(CTA_PROTO_NUM, Buffer.of(protocol)),
        attribute(CTA_PROTO_SRC_PORT, u16(port)),
      ),
    ]);
    const bits = attribute(
      CTA_FILTER | NESTED,
      attribute(CTA_FILTER_ORIG_FLAGS, u32(0)),
      attribute(CTA_FILTER_REPLY_FLAGS, u32(SOURCE_FLAGS)),
    );
    return isDone(
      fd,
      address,
      attribute(CTA_TUPLE_REPLY | NESTED, reply),
      bits,
      attribute(CTA_MARK, u32(mark).reverse()),
      attribute(CTA_MARK_MASK, u32(MARK_BITS).reverse()),
    );
  });
  if (done) return;
  const words = ['-p', protocol === PROTOCOLS.tcp ? 'tcp' : 'udp', '--reply-port-src', String(port)];
  await deleteByWords(path, ['--reply-src', address, ...words, '--mark', `${mark}/${MARK_BITS}`]);
}

/** Whether the kernel deleted what fits, of the address's family; false where it does not know the filter. */
function isDone(fd: number, address: string, ...attributes: readonly Buffer[]): boolean {
  send(fd, message(CT_DELETE, NLM_F_REQUEST | NLM_F_ACK, address, ...attributes));
  const answer = receive(fd, 4096);
  const error = answer.readUInt16LE(4) === NLMSG_ERROR ? -answer.readInt32LE(16) : 0;
  // ENOENT: there was none.
  return error === 0 || error === ENOENT;
}

type AnyEnds = Ends | Pick<Ends, 'source' | 'destination'>;

interface Tracked {
  readonly original: AnyEnds;
  readonly reply: AnyEnds;
  readonly protocol: number;
  readonly mark: number;
}

/**
 * One by one, chosen here: the kernel's filter takes an IPv6 address for its opposite (up to Linux 6.18 at least), and would
 * delete all but what is meant. `family`: any address of it.
 */
function deleteEach(path: string, family: string, isMeant: (flow: Tracked) => boolean): void {
  const chosen: Buffer[][] = [];
  dump(path, CT_GET, family, (connection) => {
    const attributes = attributesOf(connection);
    const tuple = attributes.get(CTA_TUPLE_ORIG);
    const id = attributes.get(CTA_ID);
    const original = anyEndsIn(connection, 'original');
    const reply = anyEndsIn(connection, 'reply');
    if (!tuple || !id || !original || !reply) return;
    const protocol = attributesOf(attributesOf(tuple).get(CTA_TUPLE_PROTO)).get(CTA_PROTO_NUM)?.[0] ?? 0;
    if (!isMeant({ original, reply, protocol, mark: attributes.get(CTA_MARK)?.readUInt32BE() ?? 0 })) return;
    // With its id: another one may have the same ends by then.
    chosen.push([attribute(CTA_TUPLE_ORIG | NESTED, Buffer.from(tuple)), attribute(CTA_ID, Buffer.from(id))]);
  });
  if (chosen.length === 0) return;
  withSocket(path, (fd) => {
    for (const attributes of chosen) {
      if (!isDone(fd, family, ...attributes)) throw new Fault(`conntrack in ${path}: a connection cannot be deleted`);
    }
  });
}

/** Calls `each` with what follows the headers of each message of the answer. */
export function dump(...question: Parameters<typeof dumpInPieces>): void {
  atOnce(dumpInPieces(...question));
}

/** The same, and yields between pieces of the answer, some hundred messages each. */
export function* dumpInPieces(
  path: string,
  type: number,
  family: string,
  each: (attributes: Buffer) => void,
): Generator<void, void> {
  const fd = socketIn(path);
  try {
    send(fd, message(type, NLM_F_REQUEST | NLM_F_DUMP, family));
    for (;;) {
      const answer = receive(fd, DUMP_BYTES);
      for (let at = 0; at + HEADER_BYTES <= answer.length; ) {
        const length = Math.max(HEADER_BYTES, answer.readUInt32LE(at));
        const kind = answer.readUInt16LE(at + 4);
        if (kind === NLMSG_DONE) return;
        if (kind === NLMSG_ERROR) {
          throw new Fault(`conntrack in ${path}: ${getSystemErrorName(answer.readInt32LE(at + HEADER_BYTES))}`);
        }
        each(answer.subarray(at + HEADERS_BYTES, at + length));
        at += Math.ceil(length / 4) * 4;
      }
      yield;
    }
  } finally {
    closeFd(fd);
  }
}

/** Not kept: an open socket would keep a namespace that is to go. */
function withSocket<T>(path: string, work: (fd: number) => T): T {
  const fd = socketIn(path);
  try {
    return work(fd);
  } finally {
    closeFd(fd);
  }
}

function socketIn(path: string): number {
  return inNetns(path, () => call('socket', path, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
}

async function deleteByProgram(path: string, address: string): Promise<void> {
  for (const side of ['--orig-src', '--orig-dst', '--reply-src', '--reply-dst']) {
    await deleteByWords(path, [side, address]);
  }
}

async function deleteByWords(path: string, words: readonly string[]): Promise<void> {
  try {
    await run('conntrack', ['-D', ...words], { netns: path });
  } catch (error) {
    if (!/0 flow entries/.test(String(error))) throw error;
  }
}

function deletion(address: string, tuple: (typeof TUPLES)[number], side: (typeof SIDES)[number]): Buffer[] {
  const flags = u32(side.flag);
  const none = u32(0);
  const original = tuple === CTA_TUPLE_ORIG;
  return [
    attribute(tuple | NESTED, attribute(CTA_TUPLE_IP | NESTED, side.attribute(address))),
    attribute(
      CTA_FILTER | NESTED,
      attribute(CTA_FILTER_ORIG_FLAGS, original ? flags : none),
      attribute(CTA_FILTER_REPLY_FLAGS, original ? none : flags),
    ),
  ];
}

function tuple({ source, sourcePort, destination, destinationPort }: Ends, protocol: number): Buffer {
  return Buffer.concat([
    attribute(CTA_TUPLE_IP | NESTED, sourceAttribute(source), destinationAttribute(destination)),
    attribute(
      CTA_TUPLE_PROTO | NESTED,
      attribute(CTA_PROTO_NUM, Buffer.of(protocol)),
      attribute(CTA_PROTO_SRC_PORT, u16(sourcePort)),
      attribute(CTA_PROTO_DST_PORT, u16(destinationPort)),
    ),
  ]);
}

/** The ends in the attributes of a connection that has ports: those of its first packet, or of what answers it. */
export function endsIn(connection: Buffer, direction: 'original' | 'reply' = 'original'): Ends | undefined {
  const ends = anyEndsIn(connection, direction);
  return ends && 'sourcePort' in ends ? ends : undefined;
}

/** The same of any connection; what has no ports, such as a ping, has none here. */
function anyEndsIn(connection: Buffer, direction: 'original' | 'reply'): AnyEnds | undefined {
  const tuple = direction === 'original' ? CTA_TUPLE_ORIG : CTA_TUPLE_REPLY;
  const ends = attributesOf(attributesOf(connection).get(tuple));
  const ip = attributesOf(ends.get(CTA_TUPLE_IP));
  const protocol = attributesOf(ends.get(CTA_TUPLE_PROTO));
  const source = ip.get(CTA_IP_V4_SRC) ?? ip.get(CTA_IP_V6_SRC);
  const destination = ip.get(CTA_IP_V4_DST) ?? ip.get(CTA_IP_V6_DST);
  const sourcePort = protocol.get(CTA_PROTO_SRC_PORT)?.readUInt16BE();
  const destinationPort = protocol.get(CTA_PROTO_DST_PORT)?.readUInt16BE();
  if (!source || !destination) return undefined;
  const addresses = { source: textOf(source), destination: textOf(destination) };
  return sourcePort === undefined || destinationPort === undefined
    ? addresses
    : { ...addresses, sourcePort, destinationPort };
}

/** `address`: any of the family that is meant. */
export function message(type: number, flags: number, address: string, ...attributes: readonly Buffer[]): Buffer {
  const family = bytesOf(address).length === 4 ? AF_INET : AF_INET6;
  const body = Buffer.concat([Buffer.of(family, 0, 0, 0), ...attributes]);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(1, 8);
  return Buffer.concat([header, body]);
}

function isIpv6(address: string): boolean {
  return address.includes(':');
}

/** As `endsIn` writes it. */
function canonical(address: string): string {
  return textOf(bytesOf(address));
}

function bytesOf(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray());
}

function textOf(address: Buffer): string {
  return ipaddr.fromByteArray([...address]).toString();
}

function sourceAttribute(address: string): Buffer {
  const bytes = bytesOf(address);
  return attribute(bytes.length === 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, bytes);
}

function destinationAttribute(address: string): Buffer {
  const bytes = bytesOf(address);
  return attribute(bytes.length === 4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, bytes);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
