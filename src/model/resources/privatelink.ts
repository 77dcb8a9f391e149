/** Interface and gateway endpoints, and the services that providers offer through them. */
import type { Resource } from './resource.ts';

export interface VpcEndpoint extends Resource {
  readonly kind: 'vpcEndpoint';
  readonly type: 'Interface' | 'Gateway';
  readonly vpcId: string;
  /** "com.amazonaws.ap-south-1.sqs". */
  readonly serviceName: string;
  /** Where the service is: the endpoint's own region, or another one that it reaches across. */
  readonly serviceRegion: string;
  /** Of a gateway endpoint: the tables with a route through it, in the order given. Empty for interface endpoints. */
  readonly routeTableIds: readonly string[];
  /** Serial number of a gateway endpoint's link address, unique in the installation; null: its interfaces have their own. */
  readonly linkSerial: number | null;
  /** Subnets and groups of an interface endpoint; empty for gateway endpoints. */
  readonly subnetIds: readonly string[];
  readonly groupIds: readonly string[];
  /** The policy's text as the customer gave it; null: full access by default. */
  readonly policy: string | null;
  readonly privateDns: boolean;
  /** Private names are for what inbound resolver endpoints ask only; inside the VPC the public ones stay. */
  readonly inboundOnly: boolean;
  /**
   * The provider's private name that the endpoint got when its private DNS was turned on; what becomes of the service's name
   * later leaves it alone. null: private DNS was never on, or an AWS service (its names are in the catalogue).
   */
  readonly privateDnsName: string | null;
  /** dualstack: its interfaces have an IPv6 address too; ipv6: that alone, in IPv6-only subnets. */
  readonly ipAddressType: 'ipv4' | 'dualstack' | 'ipv6';
  /** Which addresses its names answer. */
  readonly dnsRecordIpType: 'ipv4' | 'dualstack' | 'ipv6' | 'service-defined';
  /** vpce-svc-… where a customer's endpoint service is meant; null: an AWS service. */
  readonly serviceId: string | null;
  /** vpce-con-… towards a customer's service; null: an AWS service. */
  readonly connectionId: string | null;
  /** What the provider said of the connection. 'automatic': nobody needs to accept it. */
  readonly acceptance: 'automatic' | 'pending' | 'accepted' | 'rejected';
  /** The eight characters after the id in the endpoint's DNS names; constant for its life. */
  readonly dnsSuffix: string;
  /** Revision at which it last changed what the kernel must have: pending until that revision is applied. */
  readonly changedRevision: number;
  /** Revision at which it was deleted; null while it lives. Its interfaces are gone from the Intent by then. */
  readonly deletedRevision: number | null;
  readonly deletedAt: string | null;
}

/** A provider's service behind network load balancers (vpce-svc-…). */
export interface EndpointService extends Resource {
  readonly kind: 'endpointService';
  readonly acceptanceRequired: boolean;
  /** ARNs, in the order given; never empty. */
  readonly loadBalancerIds: readonly string[];
  /** Zone ids of the load balancers when the service was created or last modified, sorted: what is offered to consumers. */
  readonly zoneIds: readonly string[];
  /** What endpoints may have of it; never empty, ipv4 first. */
  readonly ipAddressTypes: readonly ('ipv4' | 'ipv6')[];
  /** Regions beside its own that consumers may connect from, sorted. Endpoints of a region that was taken off live on. */
  readonly supportedRegions: readonly string[];
  readonly privateDnsName: PrivateDnsName | null;
  readonly payer: 'endpointOwner' | 'serviceOwner';
  readonly changedRevision: number;
  readonly deletedRevision: number | null;
  readonly deletedAt: string | null;
}

/** A private name that a provider claims; consumers get it once the TXT record was seen in public DNS. */
export interface PrivateDnsName {
  /** Lower case; a leftmost "*" label is a wildcard. */
  readonly name: string;
  readonly state: 'pendingVerification' | 'verified' | 'failed';
  /** The TXT record asked for: "_…" before the domain, and "vpce:…". */
  readonly txtName: string;
  readonly txtValue: string;
}

/** One allowed principal of an endpoint service; `id` is vpce-svc-perm-…. */
export interface ServicePermission extends Resource {
  readonly kind: 'servicePermission';
  readonly serviceId: string;
  /** An ARN or "*". */
  readonly principal: string;
}

/** Connection events to an SNS topic; `id` is vpce-nfn-…. Exactly one of serviceId and vpcEndpointId is set. */
export interface ConnectionNotification extends Resource {
  readonly kind: 'connectionNotification';
  readonly serviceId: string | null;
  readonly vpcEndpointId: string | null;
  readonly topicArn: string;
  readonly events: readonly ('Accept' | 'Connect' | 'Delete' | 'Reject')[];
}
