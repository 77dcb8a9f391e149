/** Network load balancers and what they spread over; `id` is the ARN. */
import type { Resource } from './resource.ts';

export interface LoadBalancer extends Resource {
  readonly kind: 'loadBalancer';
  readonly name: string;
  readonly scheme: 'internal' | 'internet-facing';
  readonly vpcId: string;
  /** One for each enabled zone, sorted by zone id. */
  readonly zones: readonly LoadBalancerZone[];
  /** dualstack: its nodes have an IPv6 address too. */
  readonly ipAddressType: 'ipv4' | 'dualstack';
  /** null: created without groups, and can then never have any. */
  readonly groupIds: readonly string[] | null;
  /** Whether groups also judge what comes through PrivateLink, by the consumer's own address. */
  readonly guardPrivateLink: boolean;
  /** Attributes that were set, by AWS's keys; what is not here has AWS's default. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly changedRevision: number;
}

export interface LoadBalancerZone {
  readonly subnetId: string;
  readonly zoneId: string;
  readonly interfaceId: string;
  /** Whether the customer chose the node's private address: AWS shows it then, and keeps it. */
  readonly fixedAddress: boolean;
  /** The same of its IPv6 address. */
  readonly fixedIpv6Address: boolean;
}

export interface Listener extends Resource {
  readonly kind: 'listener';
  readonly loadBalancerId: string;
  readonly protocol: 'TCP' | 'UDP' | 'TCP_UDP' | 'TLS';
  readonly port: number;
  readonly targetGroupId: string;
  readonly certificateIds: readonly string[];
  readonly sslPolicy: string | null;
  readonly alpnPolicy: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TargetGroup extends Resource {
  readonly kind: 'targetGroup';
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP' | 'TCP_UDP' | 'TLS';
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: 'instance' | 'ip';
  /** Of all its targets' addresses. */
  readonly ipAddressType: 'ipv4' | 'ipv6';
  readonly healthCheck: HealthCheck;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface HealthCheck {
  readonly protocol: 'TCP' | 'HTTP' | 'HTTPS';
  /** 'traffic-port' or a number as text. */
  readonly port: string;
  /** HTTP and HTTPS only. */
  readonly path: string | null;
  /** Status codes as AWS writes them: "200-399", "200,202". */
  readonly matcher: string | null;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** A registered target; `id` is "<target group ARN>#<instance or address>:<port>". */
export interface Target extends Resource {
  readonly kind: 'target';
  readonly targetGroupId: string;
  /** i-… or an address. */
  readonly targetId: string;
  readonly port: number;
  /** Zone id, or 'all' for addresses outside the VPC. */
  readonly zoneId: string;
  /** Set when it was deregistered: it drains until the group's delay has passed, then it is removed. */
  readonly deregisteredAt: string | null;
  /** Revision from which its flows are cut, its delay having passed in a group that asks for that; null: they are not. */
  readonly cutRevision: number | null;
}

/** An imported certificate (ACM). `id` is its ARN. PEM text. */
export interface Certificate extends Resource {
  readonly kind: 'certificate';
  readonly certificate: string;
  readonly privateKey: string;
  readonly chain: string | null;
  /** When it was last imported under this ARN. */
  readonly importedAt: string;
}
