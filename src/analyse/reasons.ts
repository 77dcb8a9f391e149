/**
 * Why a packet is dropped. Codes are those of AWS Reachability Analyzer where it has one for the case; the rest are ours and
 * marked so. Sentences name the resource to change.
 * https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
 */

/** Codes that Reachability Analyzer has. */
export type AwsCode =
  | 'ENI_SG_RULES_MISMATCH'
  | 'SG_HAS_NO_RULES'
  | 'SUBNET_ACL_RESTRICTION'
  | 'NO_ROUTE_TO_DESTINATION'
  | 'BAD_STATE_ROUTE'
  | 'BAD_STATE'
  | 'ENI_ADDRESS_RESTRICTION'
  | 'ENI_SOURCE_DEST_CHECK_RESTRICTION'
  | 'IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS'
  | 'IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS'
  | 'VPCE_INTRA_VPC_TRAFFIC'
  | 'VPCE_GATEWAY_PROTOCOL_RESTRICTION'
  | 'GATEWAY_REJECTS_SPOOFED_TRAFFIC'
  | 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR'
  | 'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION'
  | 'TGW_ROUTE_AZ_RESTRICTION'
  | 'TGW_RTB_BAD_STATE_ROUTE'
  | 'PROTOCOL_RESTRICTION'
  | 'ELBV2_LISTENERS_MISMATCH'
  | 'ELBV2_NO_TARGETS_IN_AZ'
  | 'ELB_NOT_CROSSZONE'
  | 'UNASSOCIATED_COMPONENT';

/**
 * Codes of ours. CULVERT_ADDRESS_NOT_IN_USE: nobody has the address. CULVERT_PORT_NOT_SERVED: the service or endpoint takes
 * no packets on that port, or none from a load balancer. CULVERT_ROUTER_ADDRESS: addresses that AWS reserves answer nothing but DNS.
 * CULVERT_NO_WAY_BACK: the packet arrives, but what answers it has no route. CULVERT_CANNOT_ORIGINATE: a load balancer's
 * interface sends nothing of its own accord. CULVERT_NODE_OUT_OF_PORTS: so many connections to one target that the node has no
 * port of its address left (measured, not of the Plan). CULVERT_NO_ADDRESS_OF_FAMILY: an interface without an IPv6 address sends no IPv6.
 * CULVERT_NAT_RESTRICTION: a NAT gateway lets connections out only.
 * CULVERT_ROUTE_LOOP: a route leads back to the interface that the packet came from.
 * CULVERT_EGRESS_ONLY: an egress-only internet gateway lets in what answers, nothing else.
 * CULVERT_OUTSIDE_CLOSED, CULVERT_OUTSIDE_PROTOCOL: the way to the real world leads neither to the host and what is private, nor is
 * it for other protocols than TCP, UDP and perhaps echo requests.
 */
export type OwnCode =
  | 'CULVERT_ADDRESS_NOT_IN_USE'
  | 'CULVERT_PORT_NOT_SERVED'
  | 'CULVERT_ROUTER_ADDRESS'
  | 'CULVERT_NO_WAY_BACK'
  | 'CULVERT_CANNOT_ORIGINATE'
  | 'CULVERT_NODE_OUT_OF_PORTS'
  | 'CULVERT_NO_ADDRESS_OF_FAMILY'
  | 'CULVERT_NAT_RESTRICTION'
  | 'CULVERT_ROUTE_LOOP'
  | 'CULVERT_EGRESS_ONLY'
  | 'CULVERT_OUTSIDE_CLOSED'
  | 'CULVERT_OUTSIDE_PROTOCOL';

/**
 * What stands in the way beside packets: names that lead elsewhere, services that nobody may see, who may call. The first two are
 * Reachability Analyzer's; it looks at neither DNS, policies nor health. CULVERT_NAME_FORWARDED: others know the address, who are
 * not here. CULVERT_NAME_NOT_VERIFIED: a provider claims a private name that is not shown to be its own. CULVERT_RULE_SHADOWS,
 * CULVERT_ZONE_SHADOWS: a resolver rule or a hosted zone hides a name that is known here. CULVERT_IDENTITY_POLICY,
 * CULVERT_PERMISSIONS_BOUNDARY, CULVERT_SESSION_POLICY, CULVERT_RESOURCE_POLICY, CULVERT_ENDPOINT_POLICY: in which policy a call is
 * denied or not allowed. CULVERT_OVERLAPPING_CIDR: who is meant has an address that means another in the sender's VPC, or beyond its
 * route.
 */
export type SettingCode =
  | 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ'
  | 'MORE_SPECIFIC_ROUTE'
  | 'CULVERT_DNS_SUPPORT_OFF'
  | 'CULVERT_DNS_HOSTNAMES_OFF'
  | 'CULVERT_OWN_NAME_SERVERS'
  | 'CULVERT_PRIVATE_DNS_OFF'
  | 'CULVERT_NAME_NOT_VERIFIED'
  | 'CULVERT_NAME_FORWARDED'
  | 'CULVERT_RULE_SHADOWS'
  | 'CULVERT_ZONE_SHADOWS'
  | 'CULVERT_NO_ENDPOINT'
  | 'CULVERT_OVERLAPPING_CIDR'
  | 'CULVERT_NO_SUCH_SERVICE'
  | 'CULVERT_PRINCIPAL_NOT_ALLOWED'
  | 'CULVERT_NO_HEALTHY_TARGET'
  | 'CULVERT_TLS_NAME_MISMATCH'
  | 'CULVERT_ENDPOINT_POLICY'
  | 'CULVERT_IDENTITY_POLICY'
  | 'CULVERT_PERMISSIONS_BOUNDARY'
  | 'CULVERT_SESSION_POLICY'
  | 'CULVERT_RESOURCE_POLICY';

/**
 * What a connection must expect on a way that is open. CULVERT_PATH_MTU: what is larger is lost on the way, and nobody tells.
 * CULVERT_IDLE_TIMEOUT: how long it may be silent. CULVERT_PROXY_PROTOCOL: whether targets are sent a header before its first byte.
 */
export type NoteCode = 'CULVERT_PATH_MTU' | 'CULVERT_IDLE_TIMEOUT' | 'CULVERT_PROXY_PROTOCOL';

/** A finding for people: why it does not work, what to change, and how. */
export interface Advice {
  readonly sentence: string;
  readonly code: Reason['code'] | SettingCode | NoteCode;
  /** The AWS resources concerned, most specific first: what to change. */
  readonly components: readonly string[];
  /** AWS CLI commands, each of which mends it; least permission first. Empty: none of the customer's could. */
  readonly fixes: readonly string[];
}

/** Nothing is wrong with it; `fixes` set it otherwise. */
export interface Note extends Advice {
  readonly code: NoteCode;
  /** AWS's key where it is an attribute: "tcp.idle_timeout.seconds"; else "mtu" (bytes) or "idle timeout" (seconds). */
  readonly setting: string;
  readonly value: number | boolean;
  /** Where the value is from: a command that shows it, or the page on which AWS fixes it. */
  readonly source: string;
}

export interface Reason {
  readonly code: AwsCode | OwnCode;
  /** The AWS resources concerned, most specific first: what to change. */
  readonly components: readonly string[];
  readonly sentence: string;
}
