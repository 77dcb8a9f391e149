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
  | 'IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS'
  | 'VPCE_INTRA_VPC_TRAFFIC'
  | 'VPCE_GATEWAY_PROTOCOL_RESTRICTION'
  | 'GATEWAY_REJECTS_SPOOFED_TRAFFIC'
  | 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR'
  | 'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION'
  | 'TGW_RTB_BAD_STATE_ROUTE'
  | 'ELBV2_LISTENERS_MISMATCH'
  | 'ELBV2_NO_TARGETS_IN_AZ'
  | 'ELB_NOT_CROSSZONE'
  | 'UNASSOCIATED_COMPONENT';

/**
 * Codes of ours. CULVERT_ADDRESS_NOT_IN_USE: nobody has the address. CULVERT_PORT_NOT_SERVED: the service or endpoint takes
 * no packets on that port. CULVERT_ROUTER_ADDRESS: addresses that AWS reserves answer nothing but DNS.
 * CULVERT_NO_WAY_BACK: the packet arrives, but what answers it has no route. CULVERT_CANNOT_ORIGINATE: a load balancer's
 * interface sends nothing of its own accord. CULVERT_NODE_OUT_OF_PORTS: so many connections to one target that the node has no
 * port of its address left (measured, not of the Plan). CULVERT_NO_ADDRESS_OF_FAMILY: an interface without an IPv6 address sends no IPv6.
 * CULVERT_NO_SUBNET_IN_ZONE: the transit gateway's attachment has no subnet in the sender's zone.
 * CULVERT_NAT_RESTRICTION: a NAT gateway carries connections of some protocols, and only out.
 * CULVERT_ROUTE_LOOP: a route leads back to the interface that the packet came from.
 * CULVERT_EGRESS_ONLY: an egress-only internet gateway lets in what answers, nothing else.
 */
export type OwnCode =
  | 'CULVERT_ADDRESS_NOT_IN_USE'
  | 'CULVERT_PORT_NOT_SERVED'
  | 'CULVERT_ROUTER_ADDRESS'
  | 'CULVERT_NO_WAY_BACK'
  | 'CULVERT_CANNOT_ORIGINATE'
  | 'CULVERT_NODE_OUT_OF_PORTS'
  | 'CULVERT_NO_ADDRESS_OF_FAMILY'
  | 'CULVERT_NO_SUBNET_IN_ZONE'
  | 'CULVERT_NAT_RESTRICTION'
  | 'CULVERT_ROUTE_LOOP'
  | 'CULVERT_EGRESS_ONLY';

export interface Reason {
  readonly code: AwsCode | OwnCode;
  /** The AWS resources concerned, most specific first: what to change. */
  readonly components: readonly string[];
  readonly sentence: string;
}
