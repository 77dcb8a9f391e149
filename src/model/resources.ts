/**
 * Every resource that a customer can ask for, as plain data. The Intent is a set of these.
 *
 * Nothing here is computed or measured: no state that follows from acceptance, health or what the kernel has
 * (`src/model/facts.ts`), no default that a reader could fill in. Names are ours; AWS's spellings live in wire/ and api/.
 * Times are ISO 8601 text in UTC. Every resource is JSON: no Map, no Date, no undefined in arrays.
 */

/** What all resources share. `region` is '' for global services (IAM). `tags` are the customer's own. */
export interface Resource {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: string;
}

// ── VPC ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Vpc extends Resource {
  readonly kind: 'vpc';
  /** IPv4 blocks, the primary one first; never empty. */
  readonly cidrs: readonly string[];
  readonly isDefault: boolean;
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly instanceTenancy: 'default' | 'dedicated';
  /** dopt-… or 'default'. */
  readonly dhcpOptionsId: string;
  /** The main route table, default group and default network ACL, made with the VPC. */
  readonly mainRouteTableId: string;
  readonly defaultGroupId: string;
  readonly defaultAclId: string;
}

export interface Subnet extends Resource {
  readonly kind: 'subnet';
  readonly vpcId: string;
  readonly cidr: string;
  /** Zone id ("aps1-az1"): zone names are the account's own and computed at the edge (src/model/zones.ts). */
  readonly zoneId: string;
  readonly isDefaultForZone: boolean;
  readonly mapPublicIpOnLaunch: boolean;
}

export interface RouteTable extends Resource {
  readonly kind: 'routeTable';
  readonly vpcId: string;
  /** Explicit routes in the order of their creation; the local route of each VPC block is implied, not stored. */
  readonly routes: readonly Route[];
}

export interface Route {
  readonly destination: string;
  readonly target: RouteTarget;
}

export type RouteTarget = { readonly kind: 'internetGateway'; readonly id: string };

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
  /** `account` is the owner of the referenced group. */
  | { readonly kind: 'group'; readonly groupId: string; readonly account: string };

export interface NetworkInterface extends Resource {
  readonly kind: 'networkInterface';
  readonly vpcId: string;
  readonly subnetId: string;
  readonly type: 'interface' | 'vpcEndpoint';
  readonly description: string;
  readonly mac: string;
  /** IPv4 addresses inside the subnet, the primary first; never empty. */
  readonly addresses: readonly string[];
  /** Public address, 1:1 with the primary one; null: none. */
  readonly publicAddress: string | null;
  readonly groupIds: readonly string[];
  readonly sourceDestCheck: boolean;
  /** null: not attached to an instance. */
  readonly attachment: InterfaceAttachment | null;
  /** The interface endpoint that owns it (then it is requester-managed); null otherwise. */
  readonly vpcEndpointId: string | null;
  /** Serial number of the endpoint's link address, unique in the installation; null unless type is vpcEndpoint. */
  readonly linkSerial: number | null;
}

export interface InterfaceAttachment {
  readonly id: string;
  readonly instanceId: string;
  readonly deviceIndex: number;
  readonly deleteOnTermination: boolean;
  readonly attachedAt: string;
}

/** The network ACL a VPC is born with: allows all. Entries come with their own issue; here it can only be described. */
export interface NetworkAcl extends Resource {
  readonly kind: 'networkAcl';
  readonly vpcId: string;
  readonly isDefault: boolean;
}

export interface DhcpOptions extends Resource {
  readonly kind: 'dhcpOptions';
  readonly domainName: string;
  readonly domainNameServers: readonly string[];
}

// ── PrivateLink ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface VpcEndpoint extends Resource {
  readonly kind: 'vpcEndpoint';
  readonly type: 'Interface';
  readonly vpcId: string;
  /** "com.amazonaws.ap-south-1.sqs". */
  readonly serviceName: string;
  readonly subnetIds: readonly string[];
  readonly groupIds: readonly string[];
  /** The policy's text as the customer gave it; null: full access by default. */
  readonly policy: string | null;
  readonly privateDns: boolean;
  readonly ipAddressType: 'ipv4';
  readonly dnsRecordIpType: 'ipv4';
  /** The eight characters after the id in the endpoint's DNS names; constant for its life. */
  readonly dnsSuffix: string;
  /** Revision at which it last changed what the kernel must have: pending until that revision is applied. */
  readonly changedRevision: number;
  /** Revision at which it was deleted; null while it lives. Its interfaces are gone from the Intent by then. */
  readonly deletedRevision: number | null;
  readonly deletedAt: string | null;
}

// ── Instances ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Instance extends Resource {
  readonly kind: 'instance';
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly imageId: string;
  readonly instanceType: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly keyName: string | null;
  /** Base64 as given; null: none. */
  readonly userData: string | null;
  /** AIPA… of an instance profile; null: none. */
  readonly profileId: string | null;
  readonly profileAssociationId: string | null;
  readonly metadata: MetadataOptions;
  /** Whether TerminateInstances and StopInstances may be used on it. */
  readonly apiTermination: boolean;
  readonly apiStop: boolean;
  /** Its primary interface is given a public address at every start and loses it at every stop. */
  readonly autoPublicAddress: boolean;
  readonly shutdownBehavior: 'stop' | 'terminate';
  /** What the customer last asked for; the state itself is a Fact. */
  readonly wanted: 'running' | 'stopped' | 'terminated';
  /** Counts RunInstances, StartInstances and RebootInstances: the machine boots once for each number. */
  readonly boots: number;
  readonly launchedAt: string;
  /** Time and reason of the last transition that was asked for; null while it runs. */
  readonly transition: { readonly at: string; readonly code: string; readonly message: string } | null;
}

export interface MetadataOptions {
  readonly httpTokens: 'optional' | 'required';
  readonly httpEndpoint: 'enabled' | 'disabled';
  readonly hopLimit: number;
  readonly instanceTags: 'enabled' | 'disabled';
}

export interface Image extends Resource {
  readonly kind: 'image';
  readonly name: string;
  readonly description: string;
  readonly isPublic: boolean;
  /** Root file system layers, top first; the last is a base image's name. */
  readonly layers: readonly string[];
}

export interface KeyPair extends Resource {
  readonly kind: 'keyPair';
  readonly name: string;
  readonly type: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** OpenSSH text; the private half is never stored. */
  readonly publicKey: string;
}

// ── IAM (region '') ────────────────────────────────────────────────────────────────────────────────────────────────

export interface Role extends Resource {
  readonly kind: 'role';
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly trustPolicy: string;
  readonly maxSessionSeconds: number;
  readonly attachedPolicyArns: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly permissionsBoundaryArn: string | null;
}

export interface User extends Resource {
  readonly kind: 'user';
  readonly name: string;
  readonly path: string;
  readonly attachedPolicyArns: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly permissionsBoundaryArn: string | null;
}

/** A customer-managed policy; AWS's own are a table in src/iam. */
export interface Policy extends Resource {
  readonly kind: 'policy';
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersionId: string;
  /** How many versions it has had: the numbers of deleted ones are not given again. */
  readonly versionsMade: number;
}

export interface PolicyVersion {
  readonly id: string;
  readonly document: string;
  readonly createdAt: string;
}

export interface InstanceProfile extends Resource {
  readonly kind: 'instanceProfile';
  readonly name: string;
  readonly path: string;
  /** Role name; null: empty. */
  readonly roleName: string | null;
}

/** A long-term key. `id` is the access key id (AKIA…). The root of an account has `userName` null. */
export interface AccessKey extends Resource {
  readonly kind: 'accessKey';
  readonly userName: string | null;
  readonly secret: string;
  readonly active: boolean;
}

// ── Culvert's own ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A backend behind an AWS service's name: `id` is the service's short name ("athena"). */
export interface ServiceBackend extends Resource {
  readonly kind: 'serviceBackend';
  readonly url: string;
}

/** Marks an account's first use of a region: its default VPC and default options were made (or deleted since). `id` is "account/region". */
export interface RegionUse extends Resource {
  readonly kind: 'regionUse';
}

/** The reply once given to a ClientToken: `id` is "account/region/Action/token". */
export interface ClientTokenUse extends Resource {
  readonly kind: 'clientTokenUse';
  readonly inputDigest: string;
  readonly output: unknown;
}

/**
 * Where the search for the next free number of a pool starts (src/model/pool.ts). `id` is the pool's name; account and
 * region are ''. Stored, so that a number that was just given back is not the first to be given out after a restart.
 */
export interface Counter extends Resource {
  readonly kind: 'counter';
  readonly next: number;
}

export type AnyResource =
  | Vpc
  | Subnet
  | RouteTable
  | RouteTableAssociation
  | InternetGateway
  | SecurityGroup
  | SecurityGroupRule
  | NetworkInterface
  | NetworkAcl
  | DhcpOptions
  | VpcEndpoint
  | Instance
  | Image
  | KeyPair
  | Role
  | User
  | Policy
  | InstanceProfile
  | AccessKey
  | ServiceBackend
  | RegionUse
  | ClientTokenUse
  | Counter;

export type Kind = AnyResource['kind'];
export type ResourceOf<K extends Kind> = Extract<AnyResource, { kind: K }>;
