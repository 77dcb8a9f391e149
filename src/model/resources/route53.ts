/** Hosted zones and their records; region ''. */
import type { Resource } from './resource.ts';

/** A hosted zone; `id` is Z…. */
export interface HostedZone extends Resource {
  readonly kind: 'hostedZone';
  /** Lower case, without the trailing dot. */
  readonly name: string;
  readonly callerReference: string;
  readonly comment: string | null;
  readonly nameServers: readonly string[];
  /** Answers in the VPCs that it is associated with, and nowhere else. Absent: a public zone. */
  readonly isPrivate?: true;
}

/** A VPC in which a private zone answers; `id` is "<zone id>/<VPC id>", the account the zone's. */
export interface ZoneAssociation extends Resource {
  readonly kind: 'zoneAssociation';
  readonly zoneId: string;
  readonly vpcId: string;
  readonly vpcRegion: string;
}

/** The zone's owner lets the owner of that VPC associate it; `id` as of the association. */
export interface ZoneAuthorization extends Resource {
  readonly kind: 'zoneAuthorization';
  readonly zoneId: string;
  readonly vpcId: string;
  readonly vpcRegion: string;
}

/**
 * One record set; `id` is "<zone id>/<name>/<type>", with "/<set identifier>" behind it where there are several of a name and
 * type. SOA and NS of the apex are made with the zone.
 */
export interface RecordSet extends Resource {
  readonly kind: 'recordSet';
  readonly zoneId: string;
  /** Lower case, without the trailing dot; "*" stands for itself. */
  readonly name: string;
  readonly type: string;
  /** 0 for an alias: it answers with its target's. */
  readonly ttlSeconds: number;
  /** As AWS takes them: TXT in quotes, MX with its preference before the name. Empty for an alias. */
  readonly values: readonly string[];
  /** Answers what another name answers. Absent: its own values. */
  readonly alias?: AliasTarget;
  /** Absent: the only set of its name and type. */
  readonly routing?: Routing;
}

export interface AliasTarget {
  /** The record's own zone, or the public zone that AWS's names of that kind lie in. */
  readonly zoneId: string;
  /** Lower case, without the trailing dot. */
  readonly name: string;
  readonly evaluateHealth: boolean;
}

/** `setIdentifier` tells the sets of one name and type apart. */
export type Routing = { readonly setIdentifier: string } & (
  | { readonly policy: 'weighted'; readonly weight: number }
  | { readonly policy: 'failover'; readonly role: 'PRIMARY' | 'SECONDARY' }
  | { readonly policy: 'multivalue' }
);
