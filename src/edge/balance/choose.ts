/**
 * Which target serves a connection: by a hash of its addresses and ports, so that it needs no memory, as the kernel's path
 * does it. With stickiness the client's address alone counts, and each target's own claim to it (rendezvous hashing): one
 * target that goes or comes moves no clients but its own.
 */
import type { PoolAddress } from '../../plan/plan.ts';
import type { ProxiedEnds } from './proxy-protocol.ts';

/** More would keep a client waiting for longer than it waits. */
const ATTEMPTS = 3;

/** The first to be tried, then those to be tried where no connection can be made. Empty: there is none. */
export function choose(targets: readonly PoolAddress[], flow: ProxiedEnds, sticky: boolean): PoolAddress[] {
  const { source, sourcePort, destination, destinationPort } = flow;
  if (sticky) {
    return targets
      .map((target) => ({ target, claim: fnv(`${source} ${target.address} ${target.port}`) }))
      .sort((a, b) => b.claim - a.claim)
      .slice(0, ATTEMPTS)
      .map(({ target }) => target);
  }
  const hash = fnv(`${source} ${sourcePort} ${destination} ${destinationPort}`);
  const count = targets.length;
  return Array.from({ length: Math.min(count, ATTEMPTS) }, (_, at) => targets[(hash + at) % count] as PoolAddress);
}

/** FNV-1a of 32 bits, then mixed (MurmurHash3's finalizer): its lowest bits alone are poor. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
