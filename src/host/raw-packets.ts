/** Packets built by hand, for what no ordinary socket would send: forged sources, pings. IPv4 without options. */
import { call, closeFd, receive } from './libc.ts';
import { inNetns } from './netns.ts';
import { parseSocketAddress } from './sockaddr.ts';

const AF_INET = 2;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_BROADCAST = 6;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const IPPROTO_ICMP = 1;
const IPPROTO_RAW = 255;
const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
const IP_HEADER = 20;

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Buffer;
}

/** Puts the packet on the wire of the namespace at `path`, whatever its source says. */
export function sendPacket(path: string, packet: Packet): void {
  const fd = rawSocket(path, IPPROTO_RAW);
  try {
    call('setsockopt', 'broadcast', fd, SOL_SOCKET, SO_BROADCAST, Buffer.of(1, 0, 0, 0), 4);
    const { bytes } = parseSocketAddress(packet.destination, 0);
    call('connect', packet.destination, fd, bytes, bytes.length);
    const header = Buffer.alloc(IP_HEADER);
    header[0] = 0x45;
    header.writeUInt16BE(IP_HEADER + packet.payload.length, 2);
    header[8] = 64;
    header[9] = packet.protocol;
    address(packet.source).copy(header, 12);
    address(packet.destination).copy(header, 16);
    const data = Buffer.concat([header, packet.payload]);
    call('send', packet.destination, fd, data, data.length, 0);
  } finally {
    closeFd(fd);
  }
}

/** A UDP datagram without a checksum. */
export function udp(sourcePort: number, port: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(port, 2);
  header.writeUInt16BE(8 + text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** A TCP segment; its checksum covers the addresses. */
export function tcp(source: string, destination: string, ports: readonly [number, number], flags: number): Buffer {
  const segment = Buffer.alloc(20);
  segment.writeUInt16BE(ports[0], 0);
  segment.writeUInt16BE(ports[1], 2);
  segment.writeUInt32BE(1, 4);
  segment[12] = 5 << 4;
  segment[13] = flags;
  segment.writeUInt16BE(65535, 14);
  const pseudo = Buffer.concat([address(source), address(destination), Buffer.of(0, 6, 0, segment.length)]);
  segment.writeUInt16BE(checksum(Buffer.concat([pseudo, segment])), 16);
  return segment;
}

/** An ICMP echo request. */
export function echo(id: number): Buffer {
  const request = Buffer.alloc(8);
  request[0] = ECHO_REQUEST;
  request.writeUInt16BE(id, 4);
  request.writeUInt16BE(checksum(request), 2);
  return request;
}

/** A ping whose answers can be asked for. */
export function ping(path: string, destination: string): { answered(): boolean; close(): void } {
  const fd = rawSocket(path, IPPROTO_ICMP);
  const id = (Math.random() * 65536) | 0;
  const request = echo(id);
  const { bytes } = parseSocketAddress(destination, 0);
  call('connect', destination, fd, bytes, bytes.length);
  call('send', destination, fd, request, request.length, 0);
  return {
    answered() {
      for (;;) {
        let packet: Buffer;
        try {
          packet = receive(fd, 2048);
        } catch {
          return false;
        }
        if (packet[IP_HEADER] === ECHO_REPLY && packet.readUInt16BE(IP_HEADER + 4) === id) return true;
      }
    },
    close: () => closeFd(fd),
  };
}

function rawSocket(path: string, protocol: number): number {
  return inNetns(path, () => call('socket', path, AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

function address(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

function checksum(data: Buffer): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 2) sum += (data[at] ?? 0) * 256 + (data[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
