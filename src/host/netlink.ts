/**
 * Netlink messages: a header, a structure of the kernel's, attributes. Requests are answered at once, so that a socket made in a
 * namespace, one request after another, needs no waiting. Read linux/netlink.h.
 */
import { getSystemErrorName } from 'node:util';
import { Fault } from './fault.ts';
import { call, closeFd, receive, send } from './libc.ts';
import { inNetns } from './netns.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NESTED = 0x8000;
const HEADER_BYTES = 16;
const ANSWER_BYTES = 8192;
const DUMP_BYTES = 65_536;

export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

export interface NetlinkSocket {
  /** Sends one request and takes its acknowledgement; the errno's name ("EEXIST") where the kernel refuses, else null. */
  request(type: number, flags: number, body: Buffer): string | null;
  /** Sends one request and takes its answer, without the header; null where the kernel refuses. */
  ask(type: number, body: Buffer): Buffer | null;
  /** Asks for all there are of a kind: each without its header. */
  list(type: number, body: Buffer): readonly Buffer[];
}

/** Works with a socket of the namespace at `path`, from inside that namespace. Synchronous. */
export function withNetlink<T>(path: string, family: number, work: (socket: NetlinkSocket) => T): T {
  return inNetns(path, () => {
    const fd = socketHere(path, family);
    try {
      return work(speak(fd));
    } finally {
      closeFd(fd);
    }
  });
}

/** A socket of the namespace at `path` that stays open; it is asked from wherever one is. */
export function openNetlink(path: string, family: number): { readonly socket: NetlinkSocket; close(): void } {
  const fd = inNetns(path, () => socketHere(path, family));
  return { socket: speak(fd), close: () => closeFd(fd) };
}

function socketHere(path: string, family: number): number {
  return call('socket', path, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
}

function speak(fd: number): NetlinkSocket {
  let sequence = 0;
  const ask = (type: number, flags: number, body: Buffer) => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(HEADER_BYTES + body.length, 0);
    header.writeUInt16LE(type, 4);
    header.writeUInt16LE(flags | NLM_F_REQUEST, 6);
    header.writeUInt32LE(++sequence, 8);
    send(fd, Buffer.concat([header, body]));
  };
  const exchange = (type: number, flags: number, body: Buffer) => {
    ask(type, flags, body);
    return receive(fd, ANSWER_BYTES);
  };
  return {
    request(type, flags, body) {
      const answer = exchange(type, flags | NLM_F_ACK, body);
      const code = answer.readUInt16LE(4) === NLMSG_ERROR ? answer.readInt32LE(HEADER_BYTES) : 0;
      return code === 0 ? null : getSystemErrorName(code);
    },
    ask(type, body) {
      const answer = exchange(type, 0, body);
      return answer.readUInt16LE(4) === NLMSG_ERROR ? null : answer.subarray(HEADER_BYTES, answer.readUInt32LE(0));
    },
    list(type, body) {
      ask(type, NLM_F_DUMP, body);
      const found: Buffer[] = [];
      for (;;) {
        const answer = receive(fd, DUMP_BYTES);
        for (let at = 0; at < answer.length; ) {
          const [length, kind] = [answer.readUInt32LE(at), answer.readUInt16LE(at + 4)];
          if (kind === NLMSG_DONE) return found;
          if (kind === NLMSG_ERROR) {
            throw new Fault(`netlink ${type}: ${getSystemErrorName(answer.readInt32LE(at + HEADER_BYTES))}`);
          }
          found.push(answer.subarray(at + HEADER_BYTES, at + length));
          at += Math.ceil(length / 4) * 4;
        }
      }
    },
  };
}

/** Payloads by type; flags of types left out. */
export function attributesOf(bytes: Buffer | undefined): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; bytes !== undefined && at + 4 <= bytes.length; ) {
    const length = Math.max(4, bytes.readUInt16LE(at));
    found.set(bytes.readUInt16LE(at + 2) & ~NESTED, bytes.subarray(at + 4, at + length));
    at += Math.ceil(length / 4) * 4;
  }
  return found;
}

/** Length, type, payload, padded to four bytes. */
export function attribute(type: number, ...payload: readonly Buffer[]): Buffer {
  const body = Buffer.concat(payload);
  const padded = Buffer.alloc(4 + Math.ceil(body.length / 4) * 4);
  padded.writeUInt16LE(4 + body.length, 0);
  padded.writeUInt16LE(type, 2);
  body.copy(padded, 4);
  return padded;
}

export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

/** Text with the zero at its end. */
export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
