/** VPCs and what lies in them. */
import type { Deletion } from './remote.ts';
import type { Resource } from './resource.ts';

export interface Vpc extends Resource {
  readonly kind: 'vpc';
  /** IPv4 blocks, the primary one first; never empty. */
  readonly cidrs: readonly string[];
  /** IPv6 blocks (/56 of Culvert's own pool), in the order of their association. */
  readonly ipv6Cidrs: readonly string[];
  readonly isDefault: boolean;
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly instanceTenancy: 'default' | 'dedicated';
  /** dopt-… or 'default': none. */
  readonly dhcpOptionsId: string;
  /** The main route table, default group and default network ACL, made with the VPC. */
  readonly mainRouteTableId: string;
  readonly defaultGroupId: string;
  readonly defaultAclId: string;
}

export interface Subnet extends Resource {
  readonly kind: 'subnet';
  readonly vpcId: string;
  /** null: IPv6 only, for its whole life. */
  readonly cidr: string | null;
  /** A /64 of one of the VPC's IPv6 blocks; null: none. */
  readonly ipv6Cidr: string | null;
  /** Whether a new interface gets an IPv6 address without asking for it. */
  readonly assignIpv6OnCreation: boolean;
  /** Zone id ("aps1-az1"): zone names are the account's own and computed at the edge (src/model/zones.ts). */
  readonly zoneId: string;
  readonly isDefaultForZone: boolean;
  readonly mapPublicIpOnLaunch: boolean;
}

export interface RouteTable extends Resource {
  readonly kind: 'routeTable';
  readonly vpcId: string;
  /** Explicit routes in the order of their creation; the local route of each VPC block is implied unless it has another target. */
  readonly routes: readonly Route[];
  /** VPN gateways that fill in what their connections lead to. Absent: none does. */
  readonly propagatingGatewayIds?: readonly string[];
}

export interface Route {
  /** A block, or the id of a customer's prefix list (pl-…). */
  readonly destination: string;
  readonly target: RouteTarget;
}

export interface RouteTarget {
  readonly kind:
    | 'internetGateway'
    | 'egressOnlyInternetGateway'
    | 'vpcPeering'
    | 'transitGateway'
    | 'vpnGateway'
    | 'natGateway'
    /** A route to an instance is one to its only interface. */
    | 'networkInterface';
  readonly id: string;
}

/** A subnet's explicit association; a subnet without one follows its VPC's main table. */
export interface RouteTableAssociation extends Resource {
  readonly kind: 'routeTableAssociation';
  readonly vpcId: string;
  readonly routeTableId: string;
  /** null: this is the main association of the VPC. */
  readonly subnetId: string | null;
}

export interface InternetGateway extends Resource {
  readonly kind: 'internetGateway';
  /** null: detached. */
  readonly vpcId: string | null;
}

/** Lets connections of IPv6 out and none in. Attached for its whole life. */
export interface EgressOnlyInternetGateway extends Resource {
  readonly kind: 'egressOnlyInternetGateway';
  readonly vpcId: string;
}

export interface SecurityGroup extends Resource {
  readonly kind: 'securityGroup';
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
}

export interface SecurityGroupRule extends Resource {
  readonly kind: 'securityGroupRule';
  readonly groupId: string;
  readonly direction: 'ingress' | 'egress';
  /** 'tcp' | 'udp' | 'icmp' | 'icmpv6' | a protocol number as text | '-1' for all. */
  readonly protocol: string;
  /** Port range, or ICMP type (from) and code (to); -1 and -1 where the protocol has none or all are meant. */
  readonly fromPort: number;
  readonly toPort: number;
  readonly peer: GroupRulePeer;
  readonly description: string | null;
}

export type GroupRulePeer =
  | { readonly kind: 'cidr'; readonly cidr: string }
  | {
      readonly kind: 'group';
      readonly groupId: string;
      /** The owner of the referenced group. */
      readonly account: string;
      /** Of a group in the VPC at the other end of a peering connection; absent: of the same VPC. */
      readonly peered?: { readonly vpcId: string; readonly peeringId: string };
    }
  /** A customer's, or one of AWS's own (src/model/aws-prefix-lists.ts), of the group's region. */
  | { readonly kind: 'prefixList'; readonly prefixListId: string };

export interface NetworkInterface extends Resource {
  readonly kind: 'networkInterface';
  readonly vpcId: string;
  readonly subnetId: string;
  readonly type: 'interface' | 'vpcEndpoint' | 'networkLoadBalancer' | 'transitGateway' | 'natGateway';
  readonly description: string;
  readonly mac: string;
  /** IPv4 addresses inside the subnet, the primary first; empty in an IPv6-only subnet, and nowhere else. */
  readonly addresses: readonly string[];
  /** IPv6 addresses inside the subnet's IPv6 block, the primary first. */
  readonly ipv6Addresses: readonly string[];
  /** Public address, 1:1 with the primary one; null: none. */
  readonly publicAddress: string | null;
  /** Elastic addresses by the secondary private ones that they are 1:1 with. Absent: none. */
  readonly secondaryPublics?: Readonly<Record<string, string>>;
  readonly groupIds: readonly string[];
  readonly sourceDestCheck: boolean;
  /** null: not attached to an instance. */
  readonly attachment: InterfaceAttachment | null;
  /** The attachment that ended last, and with which revision. Absent: none did. */
  readonly detached?: { readonly attachment: InterfaceAttachment; readonly revision: number };
  /** The interface endpoint that owns it (then it is requester-managed); null otherwise. */
  readonly vpcEndpointId: string | null;
  /** Serial number of the endpoint's link address, unique in the installation; null unless type is vpcEndpoint. */
  readonly linkSerial: number | null;
  /** ARN of the load balancer that owns it (then it is requester-managed); null otherwise. */
  readonly loadBalancerId: string | null;
  /** Serial number of the load balancer node's crossing address, unique in the installation; null unless type is networkLoadBalancer. */
  readonly nodeSerial: number | null;
  /** Its first IPv6 address is its primary one and stays with it. Absent: none is. */
  readonly primaryIpv6?: true;
  /** The transit gateway's attachment that owns it (then it is requester-managed). Absent: none does. */
  readonly transitAttachmentId?: string;
  /** The NAT gateway that owns it (then it is requester-managed). Absent: none does. */
  readonly natGatewayId?: string;
  /** The resolver endpoint that owns it (then it is requester-managed), and the address's id (rni-…) there. Absent: none does. */
  readonly resolver?: { readonly endpointId: string; readonly addressId: string; readonly madeRevision: number };
}

/** A public address that an account keeps. Whoever holds it is the interface that has it, for its primary or a secondary address. */
export interface ElasticAddress extends Resource {
  readonly kind: 'elasticAddress';
  readonly publicIp: string;
  /** Of its last association; null: it was never associated. */
  readonly associationId: string | null;
}

export interface InterfaceAttachment {
  readonly id: string;
  readonly instanceId: string;
  readonly deviceIndex: number;
  readonly deleteOnTermination: boolean;
  readonly attachedAt: string;
  /** That it was made with. Absent: an early one. */
  readonly revision?: number;
}

export interface NetworkAcl extends Resource {
  readonly kind: 'networkAcl';
  readonly vpcId: string;
  readonly isDefault: boolean;
  /** Egress first, then by number. The last one of each direction, which denies all, is implied, not stored. */
  readonly entries: readonly NetworkAclEntry[];
}

export interface NetworkAclEntry {
  /** 1 to 32766, one of its kind in its ACL and direction; the lowest that matches decides. */
  readonly number: number;
  readonly egress: boolean;
  readonly action: 'allow' | 'deny';
  /** A protocol number as text, or '-1' for all. */
  readonly protocol: string;
  readonly cidr: string;
  /** Port range of TCP and UDP; ICMP's type (from) and code (to), -1 for all; null where the protocol has none. */
  readonly ports: { readonly from: number; readonly to: number } | null;
}

/** A subnet's association that was made by hand; a subnet without one follows its VPC's default ACL. */
export interface NetworkAclAssociation extends Resource {
  readonly kind: 'networkAclAssociation';
  readonly vpcId: string;
  readonly aclId: string;
  readonly subnetId: string;
}

export interface DhcpOptions extends Resource {
  readonly kind: 'dhcpOptions';
  /** One, or several with blanks between; null: none. */
  readonly domainName: string | null;
  /** Addresses, or "AmazonProvidedDNS"; empty: none. */
  readonly domainNameServers: readonly string[];
  /** By AWS's names, what no instance here asks for: NTP, NetBIOS, IPv6 leases. Absent: none. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
}

/** Lets connections of IPv4 out from other subnets, behind one address, and none in. */
export interface NatGateway extends Resource {
  readonly kind: 'natGateway';
  readonly vpcId: string;
  readonly subnetId: string;
  readonly connectivity: 'public' | 'private';
  /** Its interface, which goes with it; null: it could not be made. */
  readonly interfaceId: string | null;
  /** What it had, to be shown after it is gone; null: none. */
  readonly privateAddress: string | null;
  readonly elasticAddressId: string | null;
  readonly publicAddress: string | null;
  /** Why it could not be made, in AWS's words; null: it could. */
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly changedRevision: number;
  readonly deletion: Deletion | null;
}
