/**
 * Which target serves a connection: by a hash of its addresses and ports, so that it needs no memory, as the kernel's path
 * does it. With stickiness the client's address alone counts, and each target's own claim to it (rendezvous hashing): one
 * target that goes or comes moves no clients but its own.
 */
import { hash32 } from '../../net/hash.ts';
import type { PoolAddress } from '../../plan/plan.ts';
import type { ProxiedEnds } from './proxy-protocol.ts';

/** More would keep a client waiting for longer than it waits. */
const ATTEMPTS = 3;

/** The first to be tried, then those to be tried where no connection can be made. Empty: there is none. */
export function choose(targets: readonly PoolAddress[], flow: ProxiedEnds, sticky: boolean): PoolAddress[] {
  const { source, sourcePort, destination, destinationPort } = flow;
  if (sticky) {
    return targets
      .map((target) => ({ target, claim: hash32(`${source} ${target.address} ${target.port}`) }))
      .sort((a, b) => b.claim - a.claim)
      .slice(0, ATTEMPTS)
      .map(({ target }) => target);
  }
  const hash = hash32(`${source} ${sourcePort} ${destination} ${destinationPort}`);
  const count = targets.length;
  return Array.from({ length: Math.min(count, ATTEMPTS) }, (_, at) => targets[(hash + at) % count] as PoolAddress);
}
