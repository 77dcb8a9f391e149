/** How many hops a connection's packets may travel (IP_TTL, ip(7)). Node has no door to it. */
import type { Socket } from 'node:net';
import { call } from '../../host/libc.ts';

const IPPROTO_IP = 0;
const IP_TTL = 2;

export function setHopLimit(socket: Socket, hops: number): void {
  // The handle is Node's own and undocumented, but the only way to the descriptor of an accepted connection.
  const fd = (socket as unknown as { _handle: { fd: number } | null })._handle?.fd;
  if (fd === undefined || fd < 0) return;
  call('setsockopt', 'IP_TTL', fd, IPPROTO_IP, IP_TTL, Buffer.from(Int32Array.of(hops).buffer), 4);
}
