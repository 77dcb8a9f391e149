/** Public hosted zones; region ''. */
import type { Resource } from './resource.ts';

/** A public hosted zone; `id` is Z…. */
export interface HostedZone extends Resource {
  readonly kind: 'hostedZone';
  /** Lower case, without the trailing dot. */
  readonly name: string;
  readonly callerReference: string;
  readonly comment: string | null;
  readonly nameServers: readonly string[];
}

/** One record set; `id` is "<zone id>/<name>/<type>". SOA and NS of the apex are made with the zone. */
export interface RecordSet extends Resource {
  readonly kind: 'recordSet';
  readonly zoneId: string;
  /** Lower case, without the trailing dot; "*" stands for itself. */
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  /** As AWS takes them: TXT in quotes, MX with its preference before the name. */
  readonly values: readonly string[];
}
