/** How many hops a connection's packets may travel (IP_TTL, ip(7); IPV6_UNICAST_HOPS, ipv6(7)). Node has no door to it. */
import type { Socket } from 'node:net';
import { call } from '../../host/libc.ts';

const OPTIONS = {
  IPv4: { level: 0, name: 2 },
  IPv6: { level: 41, name: 16 },
} as const;

export function setHopLimit(socket: Socket, hops: number): void {
  // The handle is Node's own and undocumented, but the only way to the descriptor of an accepted connection.
  const fd = (socket as unknown as { _handle: { fd: number } | null })._handle?.fd;
  if (fd === undefined || fd < 0) return;
  const { level, name } = OPTIONS[socket.remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4'];
  call('setsockopt', 'hop limit', fd, level, name, Buffer.from(Int32Array.of(hops).buffer), 4);
}
