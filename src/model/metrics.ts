/**
 * What is kept of metered things over time: which thing, what is counted or gauged at it, and its points of one minute each. What AWS
 * calls a metric is made of these when it is asked for (src/api/cloudwatch); what a month costs too (src/bill).
 */

/**
 * How readings of one minute become its point. sum: what was counted in it. max: the most that was seen. last: as it was at the end.
 * Only what is gauged as `last` has points of nothing.
 */
export const FIELDS = {
  /** From the side that opens connections to the one that serves them. */
  forwardBytes: 'sum',
  backBytes: 'sum',
  forwardPackets: 'sum',
  backPackets: 'sum',
  newConnections: 'sum',
  activeConnections: 'max',
  droppedPackets: 'sum',
  /** TCP segments that break a connection off. */
  forwardResets: 'sum',
  backResets: 'sum',
  /** Endpoints connected to an endpoint service. */
  endpoints: 'last',
  healthyTargets: 'last',
  unhealthyTargets: 'last',
} as const satisfies Readonly<Record<string, 'sum' | 'max' | 'last'>>;

export type Field = keyof typeof FIELDS;

/** One metered thing, or its part in one subnet. `account` and `region` are of whom it belongs to. */
export interface Metered {
  /** "vpce-…/eni-…", "nat-…": constant while the thing lives. */
  readonly key: string;
  readonly account: string;
  readonly region: string;
  readonly subject: Subject;
}

export type Subject = EndpointPart | ServiceSubject | BalancerNodePart | TargetsPart | NatSubject | LinkSubject;

/** An endpoint's interface in one subnet; of a gateway endpoint, which has none, the whole. */
export interface EndpointPart {
  readonly kind: 'endpoint';
  readonly vpcEndpointId: string;
  readonly type: 'Interface' | 'Gateway';
  readonly serviceName: string;
  readonly vpcId: string;
  readonly subnetId: string | null;
  readonly zoneId: string | null;
  /** A customer's service and where its balancer takes the connection; null: an AWS service. */
  readonly service: {
    readonly id: string;
    readonly account: string;
    readonly region: string;
    readonly loadBalancerId: string;
    readonly zoneId: string;
  } | null;
}

export interface ServiceSubject {
  readonly kind: 'service';
  readonly serviceId: string;
}

export interface BalancerNodePart {
  readonly kind: 'balancer';
  readonly loadBalancerId: string;
  readonly zoneId: string;
  /** Of its listeners, sorted. */
  readonly protocols: readonly string[];
}

/** The targets of one group in one zone, as a balancer that uses it sees them. */
export interface TargetsPart {
  readonly kind: 'targets';
  readonly loadBalancerId: string;
  readonly targetGroupId: string;
  readonly zoneId: string;
}

export interface NatSubject {
  readonly kind: 'nat';
  readonly natGatewayId: string;
}

/** A peering connection, an attachment of a transit gateway, a VPN connection. Forward: from the requester; towards the gateway. */
export interface LinkSubject {
  readonly kind: 'link';
  readonly linkId: string;
  /** null: no peering connection. */
  readonly peering: {
    readonly requester: Owner;
    readonly accepter: Owner;
    /** Whether what goes between the two VPCs crosses zones, as far as the zones of their interfaces told at the last reading. */
    readonly crossing: 'none' | 'some' | 'all';
  } | null;
}

export interface Owner {
  readonly account: string;
  readonly region: string;
}

/** All readings of some metered things in one period, added up minute by minute. */
export interface MetricPoint {
  /** Milliseconds since 1970: where the period begins. */
  readonly at: number;
  /** Minutes that had a point. */
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface MetricQuery {
  readonly keys: readonly string[];
  readonly fields: readonly Field[];
  /** Milliseconds since 1970, at whole minutes; `until` is not included. */
  readonly from: number;
  readonly until: number;
  /** Periods begin at `from` and each of these later: a multiple of a minute. */
  readonly periodMilliseconds: number;
}

export interface Metrics {
  /** Those that have points, or had one within the time that points are kept. */
  metered(): readonly MeteredLately[];
  /** Those of them that are of a resource (see `namesOf`). */
  about(name: string): readonly MeteredLately[];
  /** The oldest first; without periods that had none. */
  points(query: MetricQuery): readonly MetricPoint[];
}

export interface MeteredLately extends Metered {
  /** Fields with points. */
  readonly fields: readonly Field[];
  /** When it last had one, milliseconds since 1970. */
  readonly latest: number;
}

/** The ids of resources, or their ARNs, that a metered thing tells of. */
export function namesOf(subject: Subject): readonly string[] {
  switch (subject.kind) {
    case 'endpoint':
      return subject.service === null ? [subject.vpcEndpointId] : [subject.vpcEndpointId, subject.service.id];
    case 'service':
      return [subject.serviceId];
    case 'balancer':
    case 'targets':
      return [subject.loadBalancerId];
    case 'nat':
      return [subject.natGatewayId];
    case 'link':
      return [subject.linkId];
  }
}
