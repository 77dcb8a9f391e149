/**
 * Every resource that a customer can ask for, as plain data. The Intent is a set of these.
 *
 * Nothing here is computed or measured: no state that follows from acceptance, health or what the kernel has
 * (`src/model/facts.ts`), no default that a reader could fill in. Names are ours; AWS's spellings live in wire/ and api/.
 * Times are ISO 8601 text in UTC. Every resource is JSON: no Map, no Date, no undefined in arrays.
 */
import type { DxAssociation, DxConnection, DxGateway, DxInterface } from './resources/direct-connect.ts';
import type { EventRule, PendingEvent } from './resources/events.ts';
import type { FlowLog } from './resources/flow-log.ts';
import type { AccessKey, Group, InstanceProfile, Policy, Role, User } from './resources/iam.ts';
import type { NetworkInsightsAnalysis, NetworkInsightsPath } from './resources/insights.ts';
import type { Image, Instance, KeyPair } from './resources/instances.ts';
import type { Certificate, Listener, LoadBalancer, Target, TargetGroup } from './resources/load-balancing.ts';
import type { ClientTokenUse, Counter, Quota, QuotaRequest, RegionUse, ServiceBackend } from './resources/own.ts';
import type { VpcPeering } from './resources/peering.ts';
import type { PrefixList, PrefixListVersion } from './resources/prefix-list.ts';
import type {
  ConnectionNotification,
  EndpointService,
  ServicePermission,
  VpcEndpoint,
} from './resources/privatelink.ts';
import type {
  CustomerGateway,
  Site,
  TransitAttachment,
  TransitGateway,
  TransitRouteTable,
  VpnConnection,
  VpnGateway,
} from './resources/remote.ts';
import type {
  QueryLog,
  QueryLogAssociation,
  ResolverAssociation,
  ResolverEndpoint,
  ResolverRule,
} from './resources/resolver.ts';
import type { HostedZone, RecordSet, ZoneAssociation, ZoneAuthorization } from './resources/route53.ts';
import type {
  DhcpOptions,
  EgressOnlyInternetGateway,
  ElasticAddress,
  InternetGateway,
  NatGateway,
  NetworkAcl,
  NetworkAclAssociation,
  NetworkInterface,
  RouteTable,
  RouteTableAssociation,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
} from './resources/vpc.ts';

export type * from './resources/direct-connect.ts';
export type * from './resources/events.ts';
export type * from './resources/flow-log.ts';
export type * from './resources/iam.ts';
export type * from './resources/insights.ts';
export type * from './resources/instances.ts';
export type * from './resources/load-balancing.ts';
export type * from './resources/own.ts';
export type * from './resources/peering.ts';
export type * from './resources/prefix-list.ts';
export type * from './resources/privatelink.ts';
export type * from './resources/remote.ts';
export type * from './resources/resolver.ts';
export type * from './resources/resource.ts';
export type * from './resources/route53.ts';
export type * from './resources/vpc.ts';

export type AnyResource =
  | Vpc
  | Subnet
  | RouteTable
  | RouteTableAssociation
  | InternetGateway
  | EgressOnlyInternetGateway
  | NatGateway
  | SecurityGroup
  | SecurityGroupRule
  | NetworkInterface
  | NetworkAcl
  | NetworkAclAssociation
  | FlowLog
  | DhcpOptions
  | PrefixList
  | PrefixListVersion
  | VpcPeering
  | Site
  | TransitGateway
  | TransitAttachment
  | TransitRouteTable
  | CustomerGateway
  | VpnGateway
  | VpnConnection
  | DxConnection
  | DxGateway
  | DxAssociation
  | DxInterface
  | ElasticAddress
  | VpcEndpoint
  | EndpointService
  | ServicePermission
  | ConnectionNotification
  | PendingEvent
  | EventRule
  | LoadBalancer
  | Listener
  | TargetGroup
  | Target
  | Certificate
  | HostedZone
  | RecordSet
  | ZoneAssociation
  | ZoneAuthorization
  | ResolverEndpoint
  | ResolverRule
  | ResolverAssociation
  | QueryLog
  | QueryLogAssociation
  | NetworkInsightsPath
  | NetworkInsightsAnalysis
  | Instance
  | Image
  | KeyPair
  | Role
  | User
  | Group
  | Policy
  | InstanceProfile
  | AccessKey
  | ServiceBackend
  | RegionUse
  | ClientTokenUse
  | Counter
  | Quota
  | QuotaRequest;

export type Kind = AnyResource['kind'];
export type ResourceOf<K extends Kind> = Extract<AnyResource, { kind: K }>;
