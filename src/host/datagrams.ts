/**
 * recvmmsg and sendmmsg: up to 64 datagrams for one call into the kernel, in buffers laid out once. Node's dgram reads one at a
 * time and makes an object of each, which costs half of all answers. Linux on 64-bit little-endian machines.
 * recvmmsg(2), sendmmsg(2).
 */
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const recvmmsg = libc.func('int recvmmsg(int fd, uintptr_t messages, uint count, int flags, uintptr_t timeout)');
const sendmmsg = libc.func('int sendmmsg(int fd, uintptr_t messages, uint count, int flags)');

const MSG_DONTWAIT = 0x40;
export const BATCH = 64;
/** Room for one datagram: a longer one is cut. */
export const SLOT = 2048;
const ADDRESS = 16;
/** struct mmsghdr { struct msghdr (56); unsigned len; padding } and struct iovec, in units of 8 bytes. */
const HEADER_WORDS = 8;
const VECTOR_WORDS = 2;
const AF_INET = 2;

/** One set serves all sockets: nothing in it outlives a call. */
const data = Buffer.alloc(BATCH * SLOT);
const addresses = Buffer.alloc(BATCH * ADDRESS);
const received = table();
const sending = table();

interface Table {
  readonly headers: BigUint64Array<ArrayBuffer>;
  /** The same bytes, for the fields of 32 bits. */
  readonly fields: Uint32Array<ArrayBuffer>;
  readonly vectors: BigUint64Array<ArrayBuffer>;
  readonly address: bigint;
}

/** Each message's header with a vector of one piece: the slot of the same number. */
function table(): Table {
  const headers = new BigUint64Array(BATCH * HEADER_WORDS);
  const vectors = new BigUint64Array(BATCH * VECTOR_WORDS);
  const [dataAt, addressesAt, vectorsAt] = [koffi.address(data), koffi.address(addresses), koffi.address(vectors)];
  for (let at = 0; at < BATCH; at++) {
    vectors[at * VECTOR_WORDS] = dataAt + BigInt(at * SLOT);
    headers[at * HEADER_WORDS] = addressesAt + BigInt(at * ADDRESS);
    headers[at * HEADER_WORDS + 1] = BigInt(ADDRESS);
    headers[at * HEADER_WORDS + 2] = vectorsAt + BigInt(at * VECTOR_WORDS * 8);
    headers[at * HEADER_WORDS + 3] = 1n;
  }
  return { headers, fields: new Uint32Array(headers.buffer), vectors, address: koffi.address(headers) };
}

/** A datagram of the batch: its slot in `bytes`, its length, its sender. */
export interface Datagrams {
  readonly bytes: Buffer;
  lengthOf(at: number): number;
  /** IPv4 address as a number, for look-ups. */
  senderOf(at: number): number;
  portOf(at: number): number;
}

export const datagrams: Datagrams = {
  bytes: data,
  lengthOf: (at) => received.fields[at * HEADER_WORDS * 2 + 14] as number,
  senderOf: (at) => addresses.readUInt32BE(at * ADDRESS + 4),
  portOf: (at) => addresses.readUInt16BE(at * ADDRESS + 2),
};

/** Puts a datagram that was read otherwise into slot 0. */
export function place(message: Buffer, sender: { readonly address: string; readonly port: number }): void {
  const length = Math.min(message.length, SLOT);
  message.copy(data, 0, 0, length);
  addresses.writeUInt16LE(AF_INET, 0);
  addresses.writeUInt16BE(sender.port, 2);
  sender.address.split('.').forEach((octet, at) => {
    addresses[4 + at] = Number(octet);
  });
  received.fields[14] = length;
}

/** Reads what is waiting into the slots from `from` on, without waiting; how many there are. */
export function receive(fd: number, from: number): number {
  for (let at = from; at < BATCH; at++) {
    received.fields[at * HEADER_WORDS * 2 + 2] = ADDRESS;
    received.vectors[at * VECTOR_WORDS + 1] = BIG_SLOT;
  }
  const count = recvmmsg(fd, received.address + BigInt(from * HEADER_WORDS * 8), BATCH - from, MSG_DONTWAIT, 0);
  return Math.max(0, count);
}
const BIG_SLOT = BigInt(SLOT);

/** To be sent: added one by one, sent together. */
let queued = 0;

/** Queues `length` bytes of slot `at` for its sender. */
export function queue(at: number, length: number): void {
  sending.headers[queued * HEADER_WORDS] = received.headers[at * HEADER_WORDS] as bigint;
  sending.vectors[queued * VECTOR_WORDS] = received.vectors[at * VECTOR_WORDS] as bigint;
  sending.vectors[queued * VECTOR_WORDS + 1] = BigInt(length);
  queued++;
}

/** Sends what is queued. A datagram that the kernel will not take (full buffer, client gone) is lost, as on any network. */
export function flush(fd: number): void {
  for (let sent = 0; sent < queued; ) {
    const count = sendmmsg(fd, sending.address + BigInt(sent * HEADER_WORDS * 8), queued - sent, MSG_DONTWAIT);
    sent += Math.max(1, count);
  }
  queued = 0;
}
