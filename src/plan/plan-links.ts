/** The part of the Plan that joins customers' domains: routed links, without translation (see plan.ts). */
import type { Origin } from './plan.ts';

/**
 * A routed way between two domains, without translation: a VPC peering connection. A packet may enter it from an address of this
 * end's `cidrs` to one of the other's only, and there goes to a port of the domain or nowhere: no gateway, no further link, no
 * address that the router answers for itself. Either end may originate; both need a route to it.
 */
export interface Link {
  readonly id: string;
  readonly origin: Origin;
  readonly kind: 'peering';
  readonly ends: readonly [LinkEnd, LinkEnd];
  /** Bytes. What is larger and may not be fragmented is dropped without an answer; TCP is told at its start. */
  readonly mtu: number;
}

export interface LinkEnd {
  readonly domain: string;
  readonly cidrs: readonly string[];
}
