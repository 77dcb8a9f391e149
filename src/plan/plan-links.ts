/** The part of the Plan that joins customers' domains: routed links, without translation, and the sites beyond some (see plan.ts). */
import type { Origin } from './plan.ts';

/**
 * A routed way between two domains, without translation. Either end may originate; both need a route to it.
 *
 * peering: between two VPCs. A packet may enter it from an address of this end's `cidrs` to one of the other's only.
 * attachment: a VPC's to a hub (in one zone, of a transit gateway). or one between two hubs. tunnel: a site's to a hub, by VPN; direct: the
 * same by Direct Connect. Whatever a route leads into these may pass, save that no packet comes in from beyond with an address of the domain that it enters.
 */
export interface Link {
  readonly id: string;
  readonly origin: Origin;
  readonly kind: 'peering' | 'attachment' | 'tunnel' | 'direct';
  readonly ends: readonly [LinkEnd, LinkEnd];
  /**
   * Of a tunnel that is encrypted: public addresses between which it goes through the internet domain, in the order of `ends`; the
   * first end calls. null: a plain link.
   */
  readonly outside: readonly [string, string] | null;
  /** Bytes. What is larger is dropped without an answer, save that peerings and tunnels fragment what they may; TCP is told at its start. */
  readonly mtu: number;
}

export interface LinkEnd {
  readonly domain: string;
  /** The domain's own blocks; empty at a hub. */
  readonly cidrs: readonly string[];
  /**
   * The table that takes what comes out here. null: it goes to a port of the domain or nowhere: no gateway, no further link,
   * no address that the router answers for itself. At a hub null means that nothing passes.
   */
  readonly routeTable: string | null;
  /**
   * The segment of an attachment's interface. Its ACL judges what passes that, by itself: what goes in through it by the entries of
   * `ingress`, whatever the sender, and what comes out by those of `egress`. What comes out for a port of that very segment is judged
   * by neither these nor the segment's `ingress`. null: there is no such interface.
   */
  readonly segment: string | null;
}

/** What stands in a site, whose domain has the same id. */
export interface Site {
  readonly id: string;
  readonly origin: Origin;
  /** Without anything in them: programs are run there by hand, or by the edge (DNS). */
  readonly hosts: readonly { readonly id: string; readonly port: string; readonly address: string }[];
  /** The DNS server that runs in `host`; null: there is none. */
  readonly dns: {
    readonly host: string;
    readonly address: string;
    readonly software: 'dnsmasq' | 'unbound';
    /** Sorted by domain. */
    readonly forwards: readonly { readonly domain: string; readonly servers: readonly string[] }[];
  } | null;
}

/**
 * Lets connections of IPv4 (TCP, UDP, ICMP) of others out: what a route leads to its port goes on from the port's address, which
 * has 55,000 ports towards each destination, and what answers comes back. Nobody opens a connection to it. A connection that is
 * silent for 350 s is forgotten, and what comes then from inside is answered by a reset.
 */
export interface NatGateway {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  readonly port: string;
  readonly address: string;
}
