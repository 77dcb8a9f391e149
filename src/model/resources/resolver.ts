/** Route 53 Resolver: endpoints in VPCs, rules about who is asked for which names, where the rules hold, and what is logged. */
import type { LogDestination } from './flow-log.ts';
import type { Resource } from './resource.ts';

/** `id` is rslvr-in-… or rslvr-out-…; its addresses are network interfaces (`NetworkInterface.resolver`). */
export interface ResolverEndpoint extends Resource {
  readonly kind: 'resolverEndpoint';
  readonly creatorRequestId: string;
  readonly name: string | null;
  readonly direction: 'INBOUND' | 'OUTBOUND';
  readonly vpcId: string;
  readonly groupIds: readonly string[];
  /** The revision that made it, and the one that last changed what the network must carry out. */
  readonly madeRevision: number;
  readonly changedRevision: number;
  readonly changedAt: string;
}

/** Names at and below `domain` are asked of the targets (FORWARD), or not asked of another rule's (SYSTEM). */
export interface ResolverRule extends Resource {
  readonly kind: 'resolverRule';
  readonly creatorRequestId: string;
  readonly name: string | null;
  readonly ruleType: 'FORWARD' | 'SYSTEM';
  /** Lower case, without the trailing dot; '' is the root: all names. */
  readonly domain: string;
  /** The outbound endpoint that questions leave by; null with SYSTEM. */
  readonly endpointId: string | null;
  /** Asked in no order; empty with SYSTEM. */
  readonly targets: readonly { readonly address: string; readonly port: number }[];
  readonly changedRevision: number;
  readonly changedAt: string;
}

/** The rule holds in the VPC. */
export interface ResolverAssociation extends Resource {
  readonly kind: 'resolverAssociation';
  readonly ruleId: string;
  readonly vpcId: string;
  readonly name: string | null;
  readonly madeRevision: number;
}

/** A query logging configuration: where questions of the VPCs that are associated with it are logged. */
export interface QueryLog extends Resource {
  readonly kind: 'queryLog';
  readonly creatorRequestId: string;
  readonly name: string;
  /** As it was given. */
  readonly destinationArn: string;
  readonly destination: LogDestination;
  readonly madeRevision: number;
}

export interface QueryLogAssociation extends Resource {
  readonly kind: 'queryLogAssociation';
  readonly configId: string;
  readonly vpcId: string;
  readonly madeRevision: number;
}
