/**
 * Packets built by hand, for what no ordinary socket would send: forged sources, pings, protocols without ports. No options, no
 * extension headers.
 */
import ipaddr from 'ipaddr.js';
import { call, closeFd, receive } from './libc.ts';
import { inNetns } from './netns.ts';
import { parseSocketAddress } from './sockaddr.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_BROADCAST = 6;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const IPPROTO_ICMP = 1;
const IPPROTO_UDP = 17;
const IPPROTO_ICMPV6 = 58;
const IPPROTO_RAW = 255;
const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
const ECHO_REQUEST_6 = 128;
const ECHO_REPLY_6 = 129;
const IP_HEADER = 20;

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Buffer;
  /** May not be fragmented. */
  readonly whole?: boolean;
  /** How many routers it may pass, of IPv4; 64 where it is not said. */
  readonly ttl?: number;
}

/** Puts the packet on the wire of the namespace at `path`, whatever its source says. */
export function sendPacket(path: string, packet: Packet): void {
  const { family, bytes } = parseSocketAddress(packet.destination, 0);
  const fd = rawSocket(path, family, IPPROTO_RAW);
  try {
    if (family === AF_INET) call('setsockopt', 'broadcast', fd, SOL_SOCKET, SO_BROADCAST, Buffer.of(1, 0, 0, 0), 4);
    call('connect', packet.destination, fd, bytes, bytes.length);
    const data = Buffer.concat([family === AF_INET ? header4(packet) : header6(packet), packet.payload]);
    call('send', packet.destination, fd, data, data.length, 0);
  } finally {
    closeFd(fd);
  }
}

/** As a frame that a link brings in. IPv4. */
export function frameOf(to: string, from: string, packet: Packet): Buffer {
  const header = header4(packet);
  header.writeUInt16BE(checksum(header), 10);
  const macs = [to, from].map((mac) => Buffer.from(mac.replaceAll(':', ''), 'hex'));
  return Buffer.concat([...macs, Buffer.of(8, 0), header, packet.payload]);
}

/** Puts a frame on a link of the namespace at `path`, as it is. */
export function sendFrame(path: string, link: string, frame: Buffer): void {
  const fd = inNetns(path, () => call('socket', path, AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  try {
    // struct sockaddr_ll.
    const bytes = Buffer.alloc(20);
    bytes.writeUInt16LE(AF_PACKET, 0);
    bytes.writeInt32LE(
      inNetns(path, () => call('if_nametoindex', link, link)),
      4,
    );
    call('bind', link, fd, bytes, bytes.length);
    call('send', link, fd, frame, frame.length, 0);
  } finally {
    closeFd(fd);
  }
}

function header4({ source, destination, protocol, payload, whole, ttl = 64 }: Packet): Buffer {
  const header = Buffer.alloc(IP_HEADER);
  header[0] = 0x45;
  header.writeUInt16BE(IP_HEADER + payload.length, 2);
  if (whole) header[6] = 0x40;
  header[8] = ttl;
  header[9] = protocol;
  address(source).copy(header, 12);
  address(destination).copy(header, 16);
  return header;
}

/** The hop limit is 255, as neighbour discovery must have it. */
function header6({ source, destination, protocol, payload }: Packet): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = protocol;
  header[7] = 255;
  address(source).copy(header, 8);
  address(destination).copy(header, 24);
  return header;
}

/** A message of ICMPv6: its checksum covers the addresses. */
export function icmp6(source: string, destination: string, type: number, body: Buffer): Buffer {
  const message = Buffer.concat([Buffer.of(type, 0, 0, 0), body]);
  message.writeUInt16BE(
    checksum(Buffer.concat([pseudo(source, destination, IPPROTO_ICMPV6, message.length), message])),
    2,
  );
  return message;
}

/** A neighbour solicitation (135) or advertisement (136, here overriding what is known) for `target`, as `mac` would send it. */
export function neighbour(type: 135 | 136, source: string, destination: string, target: string, mac: string): Buffer {
  const flags = Buffer.of(type === 136 ? 0x60 : 0, 0, 0, 0);
  const option = Buffer.concat([Buffer.of(type === 135 ? 1 : 2, 1), Buffer.from(mac.replaceAll(':', ''), 'hex')]);
  return icmp6(source, destination, type, Buffer.concat([flags, address(target), option]));
}

/** A UDP datagram. Its checksum covers the addresses: without these it has none, which IPv6 does not take. */
export function udp(
  sourcePort: number,
  port: number,
  text: string,
  ends?: { readonly source: string; readonly destination: string },
): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(port, 2);
  header.writeUInt16BE(8 + text.length, 4);
  const datagram = Buffer.concat([header, Buffer.from(text)]);
  if (ends === undefined) return datagram;
  const sum = checksum(Buffer.concat([pseudo(ends.source, ends.destination, IPPROTO_UDP, datagram.length), datagram]));
  // 0 says that there is none.
  datagram.writeUInt16BE(sum === 0 ? 0xffff : sum, 6);
  return datagram;
}

/** A TCP segment; its checksum covers the addresses. */
export function tcp(
  source: string,
  destination: string,
  ports: readonly [number, number],
  flags: number,
  [sequence, acknowledged]: readonly [number, number] = [1, 0],
  dataBytes = 0,
): Buffer {
  const segment = Buffer.alloc(20 + dataBytes);
  segment.writeUInt16BE(ports[0], 0);
  segment.writeUInt16BE(ports[1], 2);
  segment.writeUInt32BE(sequence, 4);
  segment.writeUInt32BE(acknowledged, 8);
  segment[12] = 5 << 4;
  segment[13] = flags;
  segment.writeUInt16BE(65535, 14);
  segment.writeUInt16BE(checksum(Buffer.concat([pseudo(source, destination, 6, segment.length), segment])), 16);
  return segment;
}

/** An ICMP echo request. */
export function echo(id: number, sequence = 0): Buffer {
  const request = Buffer.alloc(8);
  request[0] = ECHO_REQUEST;
  request.writeUInt16BE(id, 4);
  request.writeUInt16BE(sequence, 6);
  request.writeUInt16BE(checksum(request), 2);
  return request;
}

/**
 * A ping whose answers can be asked for. Its number is its sequence too, which nothing on the way translates. `source`: one of the
 * namespace's own addresses; the kernel chooses by default.
 */
export function ping(
  path: string,
  destination: string,
  source?: string,
): { readonly id: number; answered(): boolean; close(): void } {
  const { family, bytes } = parseSocketAddress(destination, 0);
  const isIpv6 = family === AF_INET6;
  const fd = rawSocket(path, family, isIpv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
  const id = (Math.random() * 65536) | 0;
  const request = echo(id, id);
  // The kernel fills in its checksum.
  if (isIpv6) request[0] = ECHO_REQUEST_6;
  // With IPv6 the header is not shown.
  const [at, reply] = isIpv6 ? [0, ECHO_REPLY_6] : [IP_HEADER, ECHO_REPLY];
  closedUnless(fd, () => {
    if (source !== undefined) {
      const own = parseSocketAddress(source, 0).bytes;
      call('bind', source, fd, own, own.length);
    }
    call('connect', destination, fd, bytes, bytes.length);
    call('send', destination, fd, request, request.length, 0);
  });
  return {
    id,
    answered() {
      for (;;) {
        let packet: Buffer;
        try {
          packet = receive(fd, 2048);
        } catch {
          return false;
        }
        if (packet[at] === reply && packet.readUInt16BE(at + 4) === id) return true;
      }
    },
    close: () => closeFd(fd),
  };
}

/** What came in a protocol without ports. */
export interface Arrival {
  readonly source: string;
  readonly destination: string;
  readonly payload: Buffer;
}

/** All that comes in that protocol, of IPv4, from now on; `peer`: from there alone. It is the namespace's only answer: nothing is refused. */
export function rawEnd(
  path: string,
  protocol: number,
  peer?: string,
): {
  /** Since the last time. A Fault with ENOPROTOOPT where `peer` takes none of it. */ take(): readonly Arrival[];
  close(): void;
} {
  const fd = rawSocket(path, AF_INET, protocol);
  if (peer !== undefined) {
    const { bytes } = parseSocketAddress(peer, 0);
    closedUnless(fd, () => call('connect', peer, fd, bytes, bytes.length));
  }
  return {
    take() {
      const arrivals: Arrival[] = [];
      for (;;) {
        try {
          const packet = receive(fd, 2048);
          const payload = packet.subarray(((packet[0] ?? 0) & 15) * 4);
          arrivals.push({
            source: packet.subarray(12, 16).join('.'),
            destination: packet.subarray(16, 20).join('.'),
            payload,
          });
        } catch (error) {
          if ((error as Error).message.endsWith('EAGAIN')) return arrivals;
          throw error;
        }
      }
    },
    close: () => closeFd(fd),
  };
}

/** Nobody is given a socket that could not be made ready. */
function closedUnless(fd: number, work: () => void): void {
  try {
    work();
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

function rawSocket(path: string, family: number, protocol: number): number {
  return inNetns(path, () => call('socket', path, family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

function address(text: string): Buffer {
  return Buffer.from(ipaddr.parse(text).toByteArray());
}

function pseudo(source: string, destination: string, protocol: number, length: number): Buffer {
  const rest = Buffer.of(0, protocol, length >>> 8, length & 255);
  // IPv6's has 32 bits of length before 32 of protocol: summed up, the same.
  return Buffer.concat([address(source), address(destination), rest]);
}

function checksum(data: Buffer): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 2) sum += (data[at] ?? 0) * 256 + (data[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
