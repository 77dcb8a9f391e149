/**
 * Which target serves a connection: by a hash of its addresses and ports, so that it needs no memory, as the kernel's path
 * does it. With stickiness the address alone counts: one client, one target, for as long as the targets stay the same.
 */
import type { ProxiedEnds } from './proxy-protocol.ts';

/** More would keep a client waiting for longer than it waits. */
export const ATTEMPTS = 3;

/** The first to be tried, then those to be tried where no connection can be made. Empty: there is none. */
export function choose<T>(targets: readonly T[], flow: ProxiedEnds, sticky: boolean): T[] {
  const count = targets.length;
  const { source, sourcePort, destination, destinationPort } = flow;
  const hash = fnv(sticky ? source : `${source} ${sourcePort} ${destination} ${destinationPort}`);
  return Array.from({ length: Math.min(count, ATTEMPTS) }, (_, at) => targets[(hash + at) % count] as T);
}

/** FNV-1a of 32 bits, then mixed (MurmurHash3's finalizer): its lowest bits alone are poor. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
