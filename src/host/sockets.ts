/**
 * Sockets inside a namespace, as file descriptors for Node: `server.listen({ fd })`, `dgram.bind({ fd })`,
 * `new net.Socket({ fd }).connect(…)`. Node's own `listen(port, host)` cannot be used between two setns calls: it resolves
 * the host later, elsewhere. A dgram socket bound by descriptor emits 'listening' before `bind` returns.
 */
import { call, closeFd } from './libc.ts';
import { inNetns } from './netns.ts';
import { AF_INET6, parseSocketAddress } from './sockaddr.ts';

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IP = 0;
const IP_FREEBIND = 15;
const IP_BIND_ADDRESS_NO_PORT = 24;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_FREEBIND = 78;
const DEFAULT_BACKLOG = 511;

export interface SocketOptions {
  readonly address: string;
  /** 0: the kernel chooses. */
  readonly port: number;
  /** Bind although the address is not there (yet). */
  readonly freebind?: boolean;
  readonly backlog?: number;
}

/** A listening TCP socket in the namespace at `path`. */
export function tcpListener(path: string, options: SocketOptions): number {
  return bound(path, SOCK_STREAM, options, (fd) =>
    call('listen', where(path, options), fd, options.backlog ?? DEFAULT_BACKLOG),
  );
}

/** A bound UDP socket. */
export function udpSocket(path: string, options: SocketOptions): number {
  return bound(path, SOCK_DGRAM, options, () => undefined);
}

/**
 * An unconnected TCP socket; bound first where `from` is given. Wrap it, then connect: a connect() before wrapping loses the
 * error of an unreachable host. Without a port one is chosen at the connect, so that an address has all its ports towards
 * each destination and not only once.
 */
export function tcpSocket(path: string, from: SocketOptions = { address: '0.0.0.0', port: 0 }): number {
  return bound(path, SOCK_STREAM, from, () => undefined);
}

function bound(path: string, kind: number, options: SocketOptions, then: (fd: number) => unknown): number {
  const { family, bytes } = parseSocketAddress(options.address, options.port);
  return inNetns(path, () => {
    const fd = call('socket', where(path, options), family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    try {
      const on = Buffer.from(Uint32Array.of(1).buffer);
      const set = (level: number, name: number) => call('setsockopt', where(path, options), fd, level, name, on, 4);
      if (kind === SOCK_STREAM) set(SOL_SOCKET, SO_REUSEADDR);
      if (family === AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY);
      // A router's addresses are routes, which IPv6 does not take for addresses of the host's.
      if (options.freebind || family === AF_INET6) set(...freebind(family));
      // Of IPv6's sockets too, though the level is IPv4's.
      if (kind === SOCK_STREAM && options.port === 0) set(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
      if (options.port !== 0 || !isAny(options.address) || kind === SOCK_DGRAM)
        call('bind', where(path, options), fd, bytes, bytes.length);
      then(fd);
      return fd;
    } catch (error) {
      closeFd(fd);
      throw error;
    }
  });
}

function freebind(family: number): [level: number, name: number] {
  return family === AF_INET6 ? [IPPROTO_IPV6, IPV6_FREEBIND] : [IPPROTO_IP, IP_FREEBIND];
}

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function where(path: string, options: SocketOptions): string {
  return `${options.address} port ${options.port} in ${path}`;
}
