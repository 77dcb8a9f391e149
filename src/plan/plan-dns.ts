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
  /** Ids of hosted zones that answer here, one for each name; sorted. */
  readonly hostedZones: readonly string[];
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

export interface ZoneRecord {
  /** Full name, lower case, without the trailing dot; a leftmost "*" label is a wildcard. */
  readonly name: string;
  readonly type: RecordType;
  readonly ttlSeconds: number;
  /**
   * As in a zone file, names without the trailing dot; a TXT value is one string or several, in quotes where a string has a
   * blank (src/plan/rdata.ts). Sorted; for A and AAAA the server rotates the order. Empty: the name exists without this type.
   */
  readonly values: readonly string[];
  /** Of several record sets with weights: each answer is one of these, drawn by weight; `values` are then the first's. */
  readonly choices?: readonly Choice[];
  readonly origin: Origin;
}

export interface Choice {
  /** Above 0; a share of the sum. */
  readonly weight: number;
  readonly ttlSeconds: number;
  readonly values: readonly string[];
}
