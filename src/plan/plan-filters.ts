/** The part of the Plan that says what may pass: security groups and network ACLs (see plan.ts). */
import type { Origin } from './plan.ts';

/** A security group: what it lets in and out, statefully. Default deny. */
export interface Filter {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  readonly ingress: readonly FilterRule[];
  readonly egress: readonly FilterRule[];
  /** Addresses of the ports in it, sorted numerically: what a rule that names this group as its peer matches. */
  readonly members: readonly string[];
}

export interface FilterRule {
  /** The rule's (sgr-…), with the block behind it where it is an entry of a customer's prefix list. */
  readonly id: string;
  /** 'any', or a protocol by its number ("6" TCP, "17" UDP, "1" ICMP). */
  readonly protocol: string;
  /** TCP and UDP: inclusive range. ICMP: type in `from`, code in `to`. null: all. -1 in one of them: all of that. */
  readonly ports: { readonly from: number; readonly to: number } | null;
  /**
   * The other side: a block, or the members of a filter: of the same domain, or of the one beyond `link`. Then the packet must
   * also come and go by that link: an address beyond another one may be equal to a member's.
   */
  readonly peer: { readonly cidr: string } | { readonly filter: string; readonly link?: string };
}

/**
 * A network ACL: judges each packet by itself where it enters or leaves a segment, not between two addresses of one. The entry with
 * the lowest number that matches decides; what none matches is denied.
 */
export interface Acl {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  /** Sorted by number. What comes in is matched by its source, what goes out by its destination. */
  readonly ingress: readonly AclEntry[];
  readonly egress: readonly AclEntry[];
}

export interface AclEntry {
  readonly number: number;
  readonly action: 'allow' | 'deny';
  /** As in FilterRule. */
  readonly protocol: string;
  /** As in FilterRule. */
  readonly ports: { readonly from: number; readonly to: number } | null;
  readonly cidr: string;
}
