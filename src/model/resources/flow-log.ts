/** VPC flow logs, and where logs of a VPC go to, its questions' as well. */
import type { Resource } from './resource.ts';

/** That it is there is not known here. */
export type LogDestination =
  /** What stands before the objects' keys: '', or it ends in a slash. */
  | { readonly kind: 'bucket'; readonly bucket: string; readonly prefix: string }
  /** Of the log's own account and region. */
  | { readonly kind: 'logGroup'; readonly name: string };

/** Packets of one VPC, subnet or network interface are logged while that is there. */
export interface FlowLog extends Resource {
  readonly kind: 'flowLog';
  readonly resourceId: string;
  readonly traffic: 'ACCEPT' | 'REJECT' | 'ALL';
  readonly destination: LogDestination;
  /** As it was given; null: a log group was named. */
  readonly destinationArn: string | null;
  /** The role that writes to the log group; null with a bucket. */
  readonly roleArn: string | null;
  /** As it was given, or AWS's default. */
  readonly format: string;
  readonly intervalSeconds: 60 | 600;
  /** Of a bucket's objects; null: none were asked for. */
  readonly options: { readonly hivePrefixes: boolean; readonly hourly: boolean } | null;
}
