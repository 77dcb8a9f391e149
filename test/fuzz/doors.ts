/**
 * Sockets that are asked without an event loop: a first packet goes through all routers of this kernel while it is sent, so that
 * its fate is known as soon as the call returns, mostly. Only for tests.
 */
import koffi from 'koffi';
import { closeFd } from '../../src/host/libc.ts';
import { parseSocketAddress } from '../../src/host/sockaddr.ts';
import { formatIp, parseIp } from '../../src/net/ip.ts';

const libc = koffi.load('libc.so.6');
const connect = libc.func('int connect(int fd, const void *address, uint length)');
const accept4 = libc.func('int accept4(int fd, _Out_ uint8_t *address, _Inout_ uint *length, int flags)');
const poll = libc.func('int poll(_Inout_ uint8_t *fds, ulong count, int milliseconds)');
const sendto = libc.func(
  'long sendto(int fd, const void *data, size_t length, int flags, const void *address, uint size)',
);
const recvfrom = libc.func(
  'long recvfrom(int fd, _Out_ uint8_t *data, size_t length, int flags, _Out_ uint8_t *address, _Inout_ uint *size)',
);
const getsockopt = libc.func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint *length)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint length)');

const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_LINGER = 13;
const MSG_DONTWAIT = 0x40;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const POLLIN = 1;
const POLLOUT = 4;
const ADDRESS_BYTES = 28;
const POLLFD_BYTES = 8;
const AF_INET = 2;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Sends the first packet. False: the kernel refused to, as it does where nothing leads there. */
export function startConnect(fd: number, to: Endpoint): boolean {
  const { bytes } = parseSocketAddress(to.address, to.port);
  return connect(fd, bytes, bytes.length) >= 0 || koffi.errno() === koffi.os.errno.EINPROGRESS;
}

/** 'connected', 'waiting' or the error's number. */
export function stateOf(fd: number): 'connected' | 'waiting' | number {
  if (!isReady([fd], POLLOUT)[0]) return 'waiting';
  const [value, length] = [Buffer.alloc(4), [4]];
  getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length);
  return value.readInt32LE() === 0 ? 'connected' : value.readInt32LE();
}

/** Which of them have something to read. */
export function readable(fds: readonly number[]): readonly boolean[] {
  return isReady(fds, POLLIN);
}

function isReady(fds: readonly number[], events: number): boolean[] {
  const list = Buffer.alloc(fds.length * POLLFD_BYTES);
  for (const [at, fd] of fds.entries()) {
    list.writeInt32LE(fd, at * POLLFD_BYTES);
    list.writeInt16LE(events, at * POLLFD_BYTES + 4);
  }
  poll(list, fds.length, 0);
  return fds.map((_, at) => list.readInt16LE(at * POLLFD_BYTES + 6) !== 0);
}

/** Takes a connection and ends it without a word; from whom it came. */
export function accept(fd: number): Endpoint | undefined {
  const [address, length] = [Buffer.alloc(ADDRESS_BYTES), [ADDRESS_BYTES]];
  const taken = accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (taken < 0) return undefined;
  reset(taken);
  return endpointOf(address);
}

/** Closes with a reset where a connection is there: nothing lingers. */
export function reset(fd: number): void {
  setsockopt(fd, SOL_SOCKET, SO_LINGER, Buffer.from(Int32Array.of(1, 0).buffer), 8);
  closeFd(fd);
}

export function sendDatagram(fd: number, to: Endpoint, data: Buffer): boolean {
  const { bytes } = parseSocketAddress(to.address, to.port);
  return sendto(fd, data, data.length, 0, bytes, bytes.length) >= 0;
}

export function takeDatagram(fd: number): { readonly from: Endpoint; readonly data: Buffer } | undefined {
  const [data, address, length] = [Buffer.alloc(1024), Buffer.alloc(ADDRESS_BYTES), [ADDRESS_BYTES]];
  const count = recvfrom(fd, data, data.length, MSG_DONTWAIT, address, length) as number;
  return count < 0 ? undefined : { from: endpointOf(address), data: data.subarray(0, Number(count)) };
}

function endpointOf(address: Buffer): Endpoint {
  const port = address.readUInt16BE(2);
  if (address.readUInt16LE(0) === AF_INET) return { address: [...address.subarray(4, 8)].join('.'), port };
  const words = Array.from({ length: 8 }, (_, at) => address.readUInt16BE(8 + at * 2).toString(16));
  const ip = parseIp(words.join(':'));
  return { address: ip === undefined ? '' : formatIp(ip), port };
}
