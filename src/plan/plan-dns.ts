/** The part of the Plan that DNS answers from (plan.ts): views of domains, zones and their records. */
import type { Origin } from './plan.ts';

/**
 * What DNS answers inside one domain: the most specific of its zones that matches a name owns it, and what none of them
 * matches, the public zones answer. A hosted zone comes before one of `zones` with the same name.
 */
export interface View {
  /** The domain's id; absent domains have no resolver. */
  readonly id: string;
  readonly origin: Origin;
  readonly zones: readonly Zone[];
  /** More of them, for questions only that come by an inbound endpoint: instances get the public answer. */
  readonly inboundZones: readonly Zone[];
  /** Ids of hosted zones that answer here, one for each name; sorted. */
  readonly hostedZones: readonly string[];
  /** Who is asked in place of this resolver, by domain; sorted. A rule comes before a zone of the same name. */
  readonly rules: readonly ResolverRule[];
}

/** Of the rules at or above a name the most specific holds, unless a zone of the view is more specific still. */
export interface ResolverRule {
  readonly id: string;
  readonly origin: Origin;
  /** As a zone's name; '' is the root. */
  readonly domain: string;
  /** Asked in no order, through the addresses of the outbound endpoint; null: the resolver answers itself. */
  readonly forward: {
    readonly endpoint: string;
    readonly targets: readonly { readonly address: string; readonly port: number }[];
  } | null;
}

/**
 * A resolver endpoint in a VPC: each of its addresses is a port of kind 'machine' whose namespace the edge alone is in, so that
 * packets to and from it go the way of any instance's. inbound: questions to the addresses get the answers of the domain's view.
 * outbound: questions that rules forward leave from them.
 */
export interface ResolverEndpoint {
  readonly id: string;
  readonly origin: Origin;
  readonly direction: 'inbound' | 'outbound';
  readonly domain: string;
  /** Sorted by id. */
  readonly addresses: readonly ResolverAddress[];
}

export interface ResolverAddress {
  /** rni-…: the namespace's id, and the port's machine. */
  readonly id: string;
  readonly port: string;
  readonly address: string;
}

/** Records sorted by name, then type. A name inside the zone without a record is NXDOMAIN; with another type NODATA. */
export interface Zone {
  /** Lower case, without the trailing dot. */
  readonly name: string;
  readonly origin: Origin;
  readonly records: readonly ZoneRecord[];
}

/** Served in each view that names it. NS records below its own name give nothing away: it is answered from here or not at all. */
export interface HostedZone extends Zone {
  /** Z…. */
  readonly id: string;
}

export type RecordType = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SOA' | 'SPF' | 'SRV' | 'TXT';

/** What there is to answer. */
export interface Answers {
  readonly ttlSeconds: number;
  /**
   * As in a zone file, names without the trailing dot; a TXT value is one string or several, in quotes where a string has a
   * blank (src/plan/rdata.ts). Sorted; for A and AAAA the server rotates the order. Empty: the name exists without this type.
   */
  readonly values: readonly string[];
  /** Clients in one of these zones are answered with that zone's values alone, in such a share of their questions; absent: all are alike. */
  readonly near?: {
    /** Above 0, at most 1. */
    readonly share: number;
    /** Sorted by zone id. */
    readonly zones: readonly { readonly zone: string; readonly values: readonly string[] }[];
  };
}

export interface ZoneRecord extends Answers {
  /** Full name, lower case, without the trailing dot; a leftmost "*" label is a wildcard. */
  readonly name: string;
  readonly type: RecordType;
  /** Of several record sets with weights: each answer is one of these, drawn by weight; `values` are then the first's. */
  readonly choices?: readonly Choice[];
  readonly origin: Origin;
}

export interface Choice extends Answers {
  /** Above 0; a share of the sum. */
  readonly weight: number;
}
