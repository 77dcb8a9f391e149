/**
 * The analyser's vocabulary: Flow (what is sent), Hop (one stage it meets), Trace (all of them and the outcome).
 * A stage has one name in four places: compile file, hop, nftables chain, docs.
 */
import { isIpv6 } from '../net/ip.ts';
import type { Reason } from './reasons.ts';

/** A protocol by its number, as in filters. */
export type Protocol = '6' | '17' | '1' | (string & {});

export interface Flow {
  readonly from:
    | {
        readonly kind: 'port';
        readonly port: string;
        /** null: the port's primary address. Another one is a spoofed source unless it is the port's too. */
        readonly address: string | null;
      }
    | { readonly kind: 'internet'; readonly address: string };
  readonly to: {
    readonly address: string;
    /** Port of TCP and UDP, type of ICMP; null where the protocol has none. */
    readonly port: number | null;
    /** Code of ICMP; null elsewhere. */
    readonly code: number | null;
  };
  readonly protocol: Protocol;
  /** Of TCP and UDP, where what answers goes to; absent: any of those that Linux takes, 32768 to 60999. */
  readonly sourcePort?: number;
}

/** An echo request, in the words of the address's family. */
export function echoTo(address: string): Pick<Flow, 'to' | 'protocol'> {
  return isIpv6(address)
    ? { to: { address, port: 128, code: 0 }, protocol: '58' }
    : { to: { address, port: 8, code: 0 }, protocol: '1' };
}

/** source: the spoof guard and the plug at the sender. outside: from the internet domain to the real world. link: a peering connection. nat: a NAT gateway. router: what the router itself answers. spread: a load balancer. */
export type Stage =
  | 'source'
  | 'group'
  | 'acl'
  | 'route'
  | 'gateway'
  | 'link'
  | 'nat'
  | 'cross'
  | 'spread'
  | 'router'
  | 'outside'
  | 'target';

export interface Hop {
  readonly stage: Stage;
  /** egress: leaving the sender; ingress: entering the receiver; reply: the way back. */
  readonly direction: 'egress' | 'ingress' | 'reply';
  readonly domain: string;
  /** The plan object that decides here. */
  readonly component: string;
  /** Addresses as the packet carries them here, before the stage rewrites them. */
  readonly source: string;
  readonly destination: string;
  /** What let it pass (a rule, a route) or null where nothing did. */
  readonly by: string | null;
  readonly reason: Reason | null;
  /** Of stage 'acl', where it drops: which of the ACL's lists. */
  readonly list?: 'egress' | 'ingress';
}

export interface Trace {
  readonly flow: Flow;
  /**
   * Delivered means that a first packet arrives and its answer comes back. depends: a load balancer has several targets, some
   * of them get it and some do not; which one a connection meets is decided by its addresses and ports. Or an ACL lets answers to
   * some ports through that it may have come from, and not to others.
   */
  readonly outcome: 'delivered' | 'dropped' | 'depends';
  readonly hops: readonly Hop[];
  /**
   * Every blocker that can be told, in the order of the path: the packet ends at the first, but a walk goes on as if it were
   * mended, so that one look shows all. Empty when delivered. Those of `targets` come last.
   */
  readonly reasons: readonly Reason[];
  /** Who gets it: a port, a service, a mirror, somebody outside (who it is, and whether they listen, nobody knows), a domain's resolver or metadata; null where that cannot be told. */
  readonly receiver: {
    readonly kind: 'port' | 'service' | 'mirror' | 'outside' | 'resolver' | 'metadata' | 'time';
    readonly id: string;
  } | null;
  /** The source address that the receiver sees; null where that cannot be told: outside it is one of the host's. */
  readonly seenFrom: string | null;
  /**
   * Where a load balancer spreads it: the way on to each target that it may choose, `flow.to` being the target. `hops` end at
   * the load balancer then. Empty where no load balancer was met, or has nobody to send to.
   */
  readonly targets: readonly Trace[];
}

/** What no Plan says, because it comes and goes with the traffic. */
export interface Measured {
  /** Nodes without a port left towards a target, as `wayOf` writes it. */
  readonly exhausted: ReadonlySet<string>;
}

export const NOTHING_MEASURED: Measured = { exhausted: new Set() };

/** From a load balancer's node to a target: addresses, and the target's port. */
export function wayOf(node: string, target: { readonly address: string; readonly port: number }): string {
  return `${node} ${target.address} ${target.port}`;
}
