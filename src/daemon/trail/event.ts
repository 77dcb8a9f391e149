/** An API call as an event of the trail: what it named and made, and its parameters without secrets. Pure. */
import { arnOf } from '../../iam/arn.ts';
import { userIdOf } from '../../iam/evaluate.ts';
import { type Principal, principalArn } from '../../iam/principal.ts';
import type { Edit } from '../../model/edit.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { AnyResource, Kind } from '../../model/resources.ts';
import type { TrailEvent } from '../../model/trail.ts';

/** What is known of a call once it is answered; turned into an event later, off its way. */
export interface CallTold {
  readonly id: string;
  readonly at: string;
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly principal: Principal;
  readonly accessKeyId: string | null;
  readonly clientAddress: string | null;
  readonly vpcEndpointId: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  readonly refusal: Refusal | null;
  /** null: it could not be read, or the action is not here. */
  readonly input: object | null;
  readonly edits: readonly Edit[];
}

/** Where services without Regions have their events. */
const GLOBAL_REGION = 'us-east-1';
const GLOBAL: ReadonlySet<string> = new Set(['iam', 'route53']);
/** Members of inputs that the SDK's schemas mark as sensitive, and what is as bad to read; some services' begin in lower case. */
const HIDDEN: ReadonlySet<string> = new Set([
  'AuthKey',
  'ClientSecret',
  'GraphQLOperation',
  'Passphrase',
  'Password',
  'PreSharedKey',
  'PrivateKey',
  'SecretAccessKey',
  'SessionToken',
  'Sql',
  'UserData',
]);
const IN_PLACE = 'HIDDEN_DUE_TO_SECURITY_REASONS';
const MOST_BYTES = 4096;
const MOST_RESOURCES = 20;
/** Of a message or a user agent. */
const MOST_LETTERS = 1024;
/** No ARN is longer. */
const MOST_NAME_LETTERS = 2048;

export function eventOf(call: CallTold, serial: number): TrailEvent {
  const { principal, refusal, service, operation } = call;
  return {
    serial,
    id: call.id,
    at: call.at,
    name: operation,
    source: `${service}.amazonaws.com`,
    isReadOnly: isReadOnly(operation),
    account: principal.account,
    region: GLOBAL.has(service) ? GLOBAL_REGION : call.region,
    username: usernameOf(principal),
    principal: {
      type: ({ root: 'Root', user: 'IAMUser', session: 'AssumedRole' } as const)[principal.kind],
      id: userIdOf(principal),
      arn: principalArn(principal),
      issuerArn:
        principal.kind === 'session'
          ? `arn:aws:iam::${principal.account}:role${principal.path}${principal.roleName}`
          : null,
    },
    accessKeyId: call.accessKeyId,
    clientAddress: call.clientAddress,
    vpcEndpointId: call.vpcEndpointId,
    userAgent: call.userAgent?.slice(0, MOST_LETTERS) ?? null,
    requestId: call.requestId,
    error: refusal === null ? null : { code: refusal.code, message: messageOf(refusal, call.input) },
    resources: resourcesOf(call),
    parameters: call.input === null ? null : parametersOf(call.input),
  };
}

/** What goes into a stream or a queue is data, which a trail has only where it is asked for. */
export function isManagement({ service, operation }: Pick<CallTold, 'service' | 'operation'>): boolean {
  return !(service === 'events' && operation === 'PutEvents');
}

export function isReadOnly(operation: string): boolean {
  return /^(Describe|Get|List|Lookup|Search)/.test(operation) || operation === 'AssumeRole';
}

function usernameOf(principal: Principal): string {
  switch (principal.kind) {
    case 'root':
      return 'root';
    case 'user':
      return principal.userName;
    case 'session':
      return principal.sessionName;
  }
}

/** What could not be read is told with the value that was wrong. */
function messageOf({ message }: Refusal, input: object | null): string {
  const mayTell = input !== null || ![...HIDDEN].some((member) => message.toLowerCase().includes(member.toLowerCase()));
  return mayTell ? message.slice(0, MOST_LETTERS) : IN_PLACE;
}

function parametersOf(input: object): string {
  const text = JSON.stringify(shown(input));
  if (text.length <= MOST_BYTES) return text;
  return JSON.stringify({ omitted: true, originalSize: text.length, reason: 'requestParameters too large' });
}

/** An attribute's new value may be user data. */
export function isHidden(member: string, among: object): boolean {
  return (
    HIDDEN.has(`${member.charAt(0).toUpperCase()}${member.slice(1)}`) || (member === 'Value' && 'Attribute' in among)
  );
}

function shown(value: unknown): unknown {
  if (value instanceof Date) return value.toJSON();
  if (ArrayBuffer.isView(value)) return IN_PLACE;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
      isHidden(name, value) && inner !== undefined ? IN_PLACE : shown(inner),
    ]),
  );
}

/** By the prefix of ids, as CloudTrail calls them; of IAM's by kind. */
const TYPES: Readonly<Record<string, string>> = {
  acl: 'AWS::EC2::NetworkAcl',
  ami: 'AWS::EC2::Ami',
  cgw: 'AWS::EC2::CustomerGateway',
  dopt: 'AWS::EC2::DHCPOptions',
  eipalloc: 'AWS::EC2::EIP',
  eni: 'AWS::EC2::NetworkInterface',
  i: 'AWS::EC2::Instance',
  igw: 'AWS::EC2::InternetGateway',
  nat: 'AWS::EC2::NatGateway',
  nia: 'AWS::EC2::NetworkInsightsAnalysis',
  nip: 'AWS::EC2::NetworkInsightsPath',
  pcx: 'AWS::EC2::VPCPeeringConnection',
  pl: 'AWS::EC2::PrefixList',
  rtb: 'AWS::EC2::RouteTable',
  sg: 'AWS::EC2::SecurityGroup',
  subnet: 'AWS::EC2::Subnet',
  tgw: 'AWS::EC2::TransitGateway',
  'tgw-attach': 'AWS::EC2::TransitGatewayAttachment',
  'tgw-rtb': 'AWS::EC2::TransitGatewayRouteTable',
  vgw: 'AWS::EC2::VPNGateway',
  vpc: 'AWS::EC2::VPC',
  vpce: 'AWS::EC2::VPCEndpoint',
  'vpce-svc': 'AWS::EC2::VPCEndpointService',
  vpn: 'AWS::EC2::VPNConnection',
};
const IAM_TYPES: Partial<Readonly<Record<Kind, string>>> = {
  accessKey: 'AWS::IAM::AccessKey',
  group: 'AWS::IAM::Group',
  instanceProfile: 'AWS::IAM::InstanceProfile',
  policy: 'AWS::IAM::Policy',
  role: 'AWS::IAM::Role',
  user: 'AWS::IAM::User',
};
const IAM_MEMBERS: Readonly<Record<string, string>> = {
  GroupName: 'AWS::IAM::Group',
  InstanceProfileName: 'AWS::IAM::InstanceProfile',
  RoleName: 'AWS::IAM::Role',
  UserName: 'AWS::IAM::User',
};

function resourcesOf({ service, input, edits }: CallTold): TrailEvent['resources'] {
  const found = new Map<string, string | null>();
  const add = (name: string, type: string | null) => {
    if (found.size < MOST_RESOURCES && name.length <= MOST_NAME_LETTERS && !found.has(name)) found.set(name, type);
  };
  for (const edit of edits) {
    if (edit.op === 'delete') add(edit.id, typeOf(edit.id));
    else addResource(edit.resource, add);
  }
  for (const [member, text] of textsIn(input ?? {})) {
    const type = service === 'iam' ? IAM_MEMBERS[member] : undefined;
    if (type !== undefined) add(text, type);
    else if (/^([a-z][a-z-]*-[0-9a-f]{8,17}|arn:aws:.+)$/.test(text)) add(text, typeOf(text));
  }
  return [...found].map(([name, type]) => ({ name, type }));
}

/** What is Culvert's own bookkeeping has no id of AWS's. */
function addResource(resource: AnyResource, add: (name: string, type: string | null) => void): void {
  const type = IAM_TYPES[resource.kind];
  switch (resource.kind) {
    case 'accessKey':
      add(resource.id, type ?? null);
      break;
    case 'group':
    case 'instanceProfile':
    case 'policy':
    case 'role':
    case 'user':
      add(resource.name, type ?? null);
      add(arnOf(resource), type ?? null);
      break;
    default:
      if (typeOf(resource.id) !== null || resource.id.startsWith('arn:')) add(resource.id, typeOf(resource.id));
  }
}

function typeOf(id: string): string | null {
  if (!id.startsWith('arn:')) return TYPES[id.slice(0, Math.max(0, id.lastIndexOf('-')))] ?? null;
  const kind = id.split(':')[5]?.split('/')[0];
  if (!id.startsWith('arn:aws:elasticloadbalancing:')) return null;
  return kind === 'loadbalancer'
    ? 'AWS::ElasticLoadBalancingV2::LoadBalancer'
    : kind === 'targetgroup'
      ? 'AWS::ElasticLoadBalancingV2::TargetGroup'
      : 'AWS::ElasticLoadBalancingV2::Listener';
}

function* textsIn(value: object): Generator<readonly [member: string, text: string]> {
  for (const [member, inner] of Object.entries(value)) {
    if (isHidden(member, value)) continue;
    for (const each of Array.isArray(inner) ? inner : [inner]) {
      if (typeof each === 'string') yield [member, each];
      else if (typeof each === 'object' && each !== null && !ArrayBuffer.isView(each)) yield* textsIn(each);
    }
  }
}
