/** The part of the Plan that says what is logged of domains, and where to (plan.ts): questions, and flows of packets. */
import type { Origin } from './plan.ts';

/** What both kinds of logs have. */
export interface DeliveredLog {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  /** Of the VPC. */
  readonly account: string;
  readonly region: string;
  /** Where it is not there, or another account's, nothing is logged. `prefix`: '', or it ends in a slash. */
  readonly destination:
    | { readonly kind: 'bucket'; readonly bucket: string; readonly prefix: string }
    | { readonly kind: 'logGroup'; readonly name: string };
}

/** Questions that are asked in a domain are logged, with what they were answered. Its id is the association's. */
export interface QueryLog extends DeliveredLog {}

/** Packets into and out of ports are logged, as flows: how many of them went which way, and whether they passed. */
export interface FlowLog extends DeliveredLog {
  /** Whose: every port's of the domain, of a segment of it, or that port's alone, by the id of either. */
  readonly covers: string;
  /** ACCEPT: those that passed groups and ACLs. REJECT: those that one of these dropped. */
  readonly traffic: 'ACCEPT' | 'REJECT' | 'ALL';
  /** Of a record, in its order, as AWS calls them: "srcaddr". */
  readonly fields: readonly string[];
  /** The longest time that one record is about. */
  readonly intervalSeconds: 60 | 600;
  /** How a bucket's objects are filed: in folders that Hive reads as partitions, and one for each hour. */
  readonly hivePrefixes: boolean;
  readonly hourly: boolean;
}
