/**
 * The Plan: everything that must be in force at one revision, complete, driver-neutral, sorted JSON.
 *
 * `compile(intent, facts)` makes it; drivers, the DNS server, the metadata service, the instance room and the analyser read
 * it and nothing else. It leaves a reader no choice to make: each address, name, verdict and rewrite is spelled out.
 * Lists are sorted by `id` (or as their comment says), so that equal intents give equal bytes. Addresses and blocks are
 * canonical text. `origin` names the AWS resources an object came from, most specific first: without it nothing can be
 * explained. Packet path: group → acl → route → acl → group → cross → spread → route → acl → group; left of `cross` the consumer's side.
 */

import type { HostedZone, ResolverEndpoint, View, Zone } from './plan-dns.ts';
import type { EndpointPolicy, ServiceGateway } from './plan-endpoints.ts';
import type { Acl, Filter } from './plan-filters.ts';
import type { Link, NatGateway, Site } from './plan-links.ts';
import type { FlowLog, QueryLog } from './plan-logs.ts';
import type { Machine, MachineImage } from './plan-machines.ts';

export type * from './plan-dns.ts';
export type * from './plan-endpoints.ts';
export type * from './plan-filters.ts';
export type * from './plan-links.ts';
export type * from './plan-logs.ts';
export type * from './plan-machines.ts';

export interface Plan {
  readonly revision: number;
  /** Address spaces: every VPC, and the two that Culvert itself owns (see Domain.kind). */
  readonly domains: readonly Domain[];
  readonly segments: readonly Segment[];
  readonly ports: readonly Port[];
  readonly routeTables: readonly RouteTable[];
  readonly filters: readonly Filter[];
  readonly acls: readonly Acl[];
  readonly gateways: readonly Gateway[];
  readonly serviceGateways: readonly ServiceGateway[];
  readonly links: readonly Link[];
  readonly sites: readonly Site[];
  readonly natGateways: readonly NatGateway[];
  readonly endpointPolicies: readonly EndpointPolicy[];
  readonly crossings: readonly Crossing[];
  readonly balancers: readonly Balancer[];
  readonly pools: readonly Pool[];
  readonly services: readonly Service[];
  readonly views: readonly View[];
  /** Customers' private zones; views say in which domains they answer. */
  readonly hostedZones: readonly HostedZone[];
  readonly resolverEndpoints: readonly ResolverEndpoint[];
  readonly queryLogs: readonly QueryLog[];
  readonly flowLogs: readonly FlowLog[];
  /** Names that every view answers alike: AWS's public service names, vpce names, public instance names. By name. */
  readonly publicZones: readonly Zone[];
  readonly machines: readonly Machine[];
  /** Customers' images: what is to be kept of disks. */
  readonly images: readonly MachineImage[];
  /** Package repositories that stand in the internet. */
  readonly mirrors: readonly Mirror[];
  /** The real world behind the internet domain; null: there is none. */
  readonly outside: Outside | null;
}

export type Origin = readonly string[];

/**
 * One address space = one network namespace with its own router. Ranges of two domains may be equal.
 * `vpc`: a customer's. `site`: a customer's network outside of AWS. `hub`: a router between links and nothing else (a transit
 * gateway, a VPN gateway). `internet`: the world outside (one; holds the public addresses). `services`: where AWS's own services
 * stand, reached through crossings (one). The last two always exist, with the ids 'internet' and 'services'.
 */
export interface Domain {
  readonly id: string;
  readonly kind: 'vpc' | 'site' | 'hub' | 'internet' | 'services';
  readonly origin: Origin;
  /** The address blocks, IPv4 first; empty for hubs and the two that are Culvert's own. */
  readonly cidrs: readonly string[];
  /**
   * Where the resolver answers: base + 2 of the primary block, 169.254.169.253, and fd00:ec2::253 in a VPC with IPv6; empty: DNS
   * support is off.
   */
  readonly resolverAddresses: readonly string[];
  /** What machines are told when they start: names to complete short names with, and name servers in the order to ask them. */
  readonly dhcp: { readonly domainNames: readonly string[]; readonly nameServers: readonly string[] };
  /** Where instance metadata answers: 169.254.169.254 in a VPC, fd00:ec2::254 in one with IPv6; empty elsewhere. */
  readonly metadataAddresses: readonly string[];
  /** Where the time is told, on UDP port 123: 169.254.169.123 in a VPC, fd00:ec2::123 in one with IPv6; empty elsewhere. */
  readonly timeAddresses: readonly string[];
}

/** A subnet. `routerAddress` (base + 1) is its gateway; IPv6's is a link-local address of the driver's. It has a block of each family or of one. */
export interface Segment {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  /** null, as is the gateway: no IPv4 here. */
  readonly cidr: string | null;
  readonly routerAddress: string | null;
  /** null: no IPv6 here. */
  readonly ipv6Cidr: string | null;
  /** The gateway through which the internet reaches IPv6 addresses here, as its route table has it; null: none does. */
  readonly ipv6Gateway: string | null;
  readonly routeTable: string;
  /** The ACL at its boundary. */
  readonly acl: string;
  /** Zone id. */
  readonly zone: string;
}

/** A network interface. A `machine` port is one end of a link to an instance; a `crossing` or `balancer` port is an address the router itself holds. */
export interface Port {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  readonly segment: string;
  readonly kind: 'machine' | 'crossing' | 'balancer';
  /** IPv4 before IPv6, the primary first in each. While `spoofGuard` is on it sends from and takes packets to these only. */
  readonly addresses: readonly string[];
  readonly mac: string;
  /** Filters that guard it, sorted; a packet passes if any rule of any of them allows it. null: none does, all passes. */
  readonly filters: readonly string[] | null;
  readonly spoofGuard: boolean;
  /** The instance it is plugged into; null: not plugged (its address still belongs to it, packets to it are dropped). */
  readonly machine: { readonly id: string; readonly deviceIndex: number } | null;
  /**
   * Public IPv4 addresses, each 1:1 with one of `addresses` through the domain's gateway, in their order; empty: none. IPv6 addresses
   * are public themselves.
   */
  readonly publics: readonly { readonly address: string; readonly publicAddress: string }[];
  /** Its IPv6 addresses are not to be reached from the internet, whatever gateway there is. */
  readonly deniesInternet: boolean;
}

/**
 * Routes sorted by destination. The longest prefix wins; a packet that no route takes is dropped without an answer. Where a route's
 * target depends on the zone of who sends, there is one for each zone: its id is then "TABLE/ZONE", TABLE being first in its origin.
 * Between two addresses of one segment no route is asked, nor on the way to an address that the router itself holds.
 */
export interface RouteTable {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  readonly routes: readonly Route[];
}

export interface Route {
  readonly destination: string;
  /**
   * local: to a port of this domain. gateway: to the internet through that gateway. serviceGateway: to an AWS service through
   * that one. link: to the other end of that link. port: to what is plugged into that one, whatever the destination; the port's
   * spoof guard takes its own addresses only. blackhole: dropped (the target is gone). zoneless: dropped, since that attachment
   * of a transit gateway has no subnet in the zone that this table is for.
   */
  readonly via:
    | { readonly kind: 'local' }
    | { readonly kind: 'gateway'; readonly gateway: string }
    | { readonly kind: 'serviceGateway'; readonly serviceGateway: string }
    | { readonly kind: 'link'; readonly link: string }
    | { readonly kind: 'zoneless'; readonly attachment: string }
    | { readonly kind: 'port'; readonly port: string }
    | { readonly kind: 'blackhole' };
}

/**
 * internet: an internet gateway that is attached. Translates 1:1 between public addresses and private ones of ports,
 * and lets ports' IPv6 addresses through as they are; nothing else passes. egressOnly: IPv6 only, connections from inside only.
 */
export interface Gateway {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  readonly kind: 'internet' | 'egressOnly';
}

/**
 * The PrivateLink passage of one endpoint interface: a connection to `address` in the consumer's domain leaves it with its
 * destination rewritten to `targetAddress` and its source to `linkAddress`, and enters the provider's domain. It comes back
 * by connection tracking alone: the provider cannot originate. Link and target addresses are of 240.0.0.0/4, which no
 * tenant can use, with IPv6 of fdcf::/16. Only the listed ports cross; all else to the address is dropped without an answer.
 */
export interface Crossing {
  /** The endpoint interface (eni-…), with "/ipv6" behind it where its IPv6 address is meant. */
  readonly id: string;
  /** [eni, vpce, service name]. */
  readonly origin: Origin;
  readonly consumer: string;
  readonly port: string;
  readonly address: string;
  /**
   * Filters of the provider's balancer that the client's own address must pass before it is rewritten; null: no such guard. Their
   * rules that name a group match nobody here: a consumer's address may be equal to a member's without being one.
   */
  readonly guards: readonly string[] | null;
  readonly linkAddress: string;
  readonly provider: string;
  readonly targetAddress: string;
  readonly listeners: readonly {
    readonly protocol: 'tcp' | 'udp';
    readonly port: number;
    readonly targetPort: number;
  }[];
  /** false: the passage exists but nothing may enter it. */
  readonly open: boolean;
  /** Why it is not open; null: it is. serviceDeleted: the provider gave the service up. */
  readonly closedBy: 'pendingAcceptance' | 'expired' | 'rejected' | 'serviceDeleted' | null;
}

/**
 * A network load balancer: listens at an address in each of its zones (a dualstack one at two, IPv4 and IPv6), and at a crossing
 * address for each (249.0.0.0/8, fdcf::f900:0/104) for what comes through crossings. A connection to a listener is spread by the hash of its addresses and ports over `targets` of the node
 * and sees the node's `address` as its client (unless the pool preserves the client's and it did not come by a crossing).
 */
export interface Balancer {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  /** Groups that judge what comes from inside the domain or the internet, and what it sends to targets; null: it has none. */
  readonly filters: readonly string[] | null;
  /** Sorted by zone, IPv4 before IPv6. */
  readonly nodes: readonly BalancerNode[];
}

/** Of one address family; the two of a zone share their port. */
export interface BalancerNode {
  /** Its interface (eni-…), a port of the domain with kind 'balancer'. */
  readonly port: string;
  readonly zone: string;
  readonly address: string;
  readonly crossingAddress: string;
  /** By which the internet reaches it where the domain has a gateway: `address` itself with IPv6; null: it does not. */
  readonly publicAddress: string | null;
  /** Sorted by protocol, then port. */
  readonly listeners: readonly BalancerListener[];
}

export interface BalancerListener {
  readonly id: string;
  /** 'tls': ended in user space at `port`, then on to the targets in TCP or TLS as the pool says. */
  readonly protocol: 'tcp' | 'udp' | 'tls';
  readonly port: number;
  readonly pool: string;
  /**
   * kernel: rewritten and forwarded, never ended; with Proxy Protocol behind a header. user: the edge accepts at the node's address and
   * crossing address and speaks to the targets itself (TLS, pools of the other address family, headers that the kernel cannot write).
   */
  readonly engine: 'kernel' | 'user';
  /** What targets see where they do not see the client: the address of the node's port that is of their family. */
  readonly from: string;
  /** Certificates of a TLS listener by name (SNI), the default first; empty for others. PEM text. */
  readonly certificates: readonly {
    readonly id: string;
    readonly certificate: string;
    readonly privateKey: string;
    readonly chain: string | null;
  }[];
  /**
   * What a TLS listener grants its clients; null for others. Ciphers in OpenSSL's names, best first; `alpn`: application
   * protocols, best first, empty: none is agreed upon.
   */
  readonly tls: {
    readonly minVersion: TlsVersion;
    readonly maxVersion: TlsVersion;
    readonly ciphers: readonly string[];
    readonly alpn: readonly string[];
  } | null;
  /** A TCP connection that is silent this long is forgotten, and what comes then is answered by a reset. */
  readonly idleSeconds: number;
  /** Who serves connections to this node now: zones, cross-zone, health and fail-open are decided. Sorted; empty: nobody. */
  readonly targets: readonly PoolAddress[];
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface PoolAddress {
  readonly address: string;
  readonly port: number;
}

/** A target group: what is checked, and how its targets are spoken to. */
export interface Pool {
  /** ARN. */
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  readonly protocol: 'tcp' | 'udp' | 'tcp_udp' | 'tls';
  readonly preserveClientAddress: boolean;
  readonly proxyProtocol: boolean;
  readonly stickiness: 'none' | 'source';
  readonly check: {
    readonly protocol: 'tcp' | 'http' | 'https';
    readonly path: string;
    /** Inclusive ranges of good HTTP status codes. */
    readonly codes: readonly { readonly from: number; readonly to: number }[];
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
  };
  /** All that are checked, with the node addresses checks come from: every registered target in a zone that a node serves. */
  readonly targets: readonly {
    /** Target.id of the model. */
    readonly id: string;
    readonly address: string;
    readonly checkPort: number;
    readonly from: string;
  }[];
  /**
   * Flows to these are cut: deregistered ones whose delay has passed in a group that asks for it, unhealthy ones (drained, where
   * they are to drain) that are not served for want of better. Sorted. Flows to an address that is merely gone from the pool live on.
   */
  readonly cut: readonly PoolAddress[];
}

/**
 * One AWS service in one region ("com.amazonaws.ap-south-1.sqs"), where packets meet it: in the services domain (through
 * crossings and gateways) and in the internet (by its public name). The edge ends TLS there. Only services that a crossing, a
 * gateway or the public zone leads to are listed.
 */
export interface Service {
  readonly id: string;
  readonly origin: Origin;
  /** Short name: "sqs". */
  readonly service: string;
  readonly region: string;
  readonly serviceAddress: string;
  /** In the services domain too; null: no crossing of IPv6 leads there. */
  readonly serviceAddress6: string | null;
  readonly internetAddress: string;
  readonly port: number;
  /** Names the certificate must be for: public and private names, vpce names by wildcard. Sorted. */
  readonly names: readonly string[];
  /** Who answers: 'embedded' (DynamoDB, S3, SNS, SQS), 'control' (EC2, IAM, STS), a URL that was attached, or null: a clear error. */
  readonly backend: { readonly kind: 'embedded' | 'control' } | { readonly kind: 'url'; readonly url: string } | null;
}

/** A repository of software packages: answers HTTP in the internet domain under its public name, read-only. */
export interface Mirror {
  readonly id: string;
  readonly origin: Origin;
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/**
 * The world that the host itself reaches, in IPv4: whoever may send to the internet opens connections of TCP and UDP to it, and what
 * answers comes back; it opens none. It begins where neither a customer nor Culvert has the address (OWN_PUBLIC of blocks.ts).
 */
export interface Outside {
  readonly origin: Origin;
  /** Blocks that are nobody's to reach, by destination, none within another: special-purpose ones, the host's own and its networks'. */
  readonly closed: readonly string[];
  /** Whether echo requests (of ICMP) pass too. */
  readonly echoes: boolean;
}
