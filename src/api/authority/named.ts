/**
 * Which resources a call names, by id, ARN or name, whatever members it names them with. A thing that stands for others (an
 * association, a notification) names those. What a call only mentions, in filters or as the other side of a rule, is not named.
 */
import { type Intent, KINDS } from '../../model/intent.ts';
import type { AnyResource, Kind, NetworkInterface, Resource } from '../../model/resources.ts';
import { defaultVpcOf } from '../ec2/vpc/default-vpc.ts';
import { isOwn } from '../shared/find.ts';

export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Named {
  /** As the service authorisation reference has it: "vpc-endpoint"; of a load balancer's ARN its first word: "listener". */
  readonly type: string;
  /** What ends its ARN; or the ARN. */
  readonly id: string;
  /** undefined: it is not there. */
  readonly resource: AnyResource | undefined;
}

export interface Namer {
  readonly intent: Intent;
  readonly account: string;
  readonly region: string;
}

const NOT_NAMED: ReadonlySet<string> = new Set([
  'Actions',
  'DefaultActions',
  'Description',
  'Filters',
  'IpPermissions',
  'PeerVpcId',
  'PolicyDocument',
  'SecurityGroupRuleDescriptions',
  'TagSpecifications',
  'Tags',
]);

/** As they stand in ARNs, by the prefix of the id. */
export const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  acl: 'network-acl',
  ami: 'image',
  cgw: 'customer-gateway',
  dopt: 'dhcp-options',
  dxcon: 'dxcon',
  dxvif: 'dxvif',
  eigw: 'egress-only-internet-gateway',
  eipalloc: 'elastic-ip',
  eni: 'network-interface',
  fl: 'vpc-flow-log',
  i: 'instance',
  igw: 'internet-gateway',
  key: 'key-pair',
  nat: 'natgateway',
  nia: 'network-insights-analysis',
  nip: 'network-insights-path',
  pcx: 'vpc-peering-connection',
  pl: 'prefix-list',
  rtb: 'route-table',
  'rslvr-in': 'resolver-endpoint',
  'rslvr-out': 'resolver-endpoint',
  'rslvr-qlc': 'resolver-query-log-config',
  'rslvr-rr': 'resolver-rule',
  sg: 'security-group',
  sgr: 'security-group-rule',
  subnet: 'subnet',
  tgw: 'transit-gateway',
  'tgw-attach': 'transit-gateway-attachment',
  'tgw-rtb': 'transit-gateway-route-table',
  vgw: 'vpn-gateway',
  vpc: 'vpc',
  vpce: 'vpc-endpoint',
  'vpce-svc': 'vpc-endpoint-service',
  'vpce-svc-perm': 'vpc-endpoint-service-permission',
  vpn: 'vpn-connection',
};

/** IAM names its resources by name, Route 53 by an id without a prefix of its own. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, readonly [type: string, kind: Kind | null]>>>> = {
  iam: {
    GroupName: ['group', 'group'],
    InstanceProfileName: ['instance-profile', 'instanceProfile'],
    PolicyName: ['policy', 'policy'],
    RoleName: ['role', 'role'],
    UserName: ['user', 'user'],
  },
  route53: {
    HostedZoneId: ['hostedzone', 'hostedZone'],
    Id: ['hostedzone', 'hostedZone'],
    ResourceId: ['hostedzone', 'hostedZone'],
    ResourceIds: ['hostedzone', 'hostedZone'],
  },
};

/** Services whose ids say what they are of. */
const BY_ID: ReadonlySet<string> = new Set(['directconnect', 'ec2', 'route53resolver']);

/** A name that is given to what is made is none of what is there: that is in another VPC. */
const GIVES_NAME = 'CreateSecurityGroup';

/** Each once, in the order of the input. */
export function namedIn({ service, operation, input }: Call, namer: Namer): readonly Named[] {
  const found = new Map<string, Named>();
  const add = (named: Named) => found.set(`${named.type} ${named.id}`, found.get(`${named.type} ${named.id}`) ?? named);
  for (const [member, text] of textsIn(input)) {
    if (operation === GIVES_NAME && member === 'GroupName') continue;
    for (const named of ofMember(service, member, text, input, namer)) add(named);
  }
  return [...found.values()];
}

function* textsIn(value: object): Generator<readonly [member: string, text: string]> {
  for (const [member, inner] of Object.entries(value)) {
    if (NOT_NAMED.has(member)) continue;
    for (const each of Array.isArray(inner) ? inner : [inner]) {
      if (typeof each === 'string') yield [member, each];
      else if (typeof each === 'object' && each !== null && !ArrayBuffer.isView(each)) yield* textsIn(each);
    }
  }
}

function ofMember(service: string, member: string, text: string, input: object, namer: Namer): readonly Named[] {
  if (service === 'events') return ofRule(member, text, namer);
  if (text.startsWith(`arn:aws:${service}:`)) return [ofArn(text, namer)];
  if (service === 'servicequotas') return member === 'QuotaCode' ? [ofQuota(text, input, namer)] : [];
  const [type, kind] = MEMBERS[service]?.[member] ?? [];
  if (type !== undefined && kind !== undefined) {
    return service === 'iam' ? [ofIam(type, kind, text, input, namer)] : [ofZone(text, namer)];
  }
  return BY_ID.has(service) ? ofId(member, text, namer) : [];
}

/** A rule is named by its name, on the only bus that there is, or by its ARN. */
function ofRule(member: string, text: string, { intent, account, region }: Namer): readonly Named[] {
  const bus = `arn:aws:events:${region}:${account}:event-bus/default`;
  // Only an event of one's own has a source.
  if (member === 'Source') return [{ type: 'event-bus', id: bus, resource: undefined }];
  const isName = member === 'Name' || member === 'Rule';
  const id = isName ? `arn:aws:events:${region}:${account}:rule/${text}` : text;
  if (!isName && member !== 'ResourceARN') return [];
  return [{ type: 'rule-on-default-event-bus', id, resource: intent.table('eventRule').get(id) }];
}

/** A quota is named by its service's code and its own. */
function ofQuota(code: string, input: object, { account, region }: Namer): Named {
  const { ServiceCode = '' } = input as { readonly ServiceCode?: string };
  const id = `arn:aws:servicequotas:${region}:${account}:${ServiceCode}/${code}`;
  return { type: 'quota', id, resource: undefined };
}

function ofArn(arn: string, { intent }: Namer): Named {
  const [, , , , , rest = ''] = arn.split(':');
  const id = rest.slice(rest.indexOf('/') + 1);
  const found = lookUp(intent, arn) ?? lookUp(intent, id);
  // Of IAM's ARNs only policies' are named in calls.
  const policy = /^arn:aws:iam::/.test(arn) ? byName(intent, 'policy', id.slice(id.lastIndexOf('/') + 1)) : [];
  const resource = found ?? policy.find((each) => arn.split(':')[4] === each.account);
  return { type: rest.split('/')[0] ?? '', id: arn, resource };
}

function ofIam(type: string, kind: Kind | null, name: string, input: object, { intent, account }: Namer): Named {
  const resource = kind === null ? undefined : byName(intent, kind, name).find((each) => each.account === account);
  const { Path: given = '/' } = input as { readonly Path?: string };
  const path = (resource as { readonly path?: string } | undefined)?.path ?? given;
  return { type, id: `${path.slice(1)}${name}`, resource };
}

function ofZone(text: string, { intent }: Namer): Named {
  const [, word = 'hostedzone', id = text] = /^\/?(hostedzone|change)\/(.+)$/.exec(text) ?? [];
  return { type: word, id, resource: lookUp(intent, id) };
}

/** By an id, or by what else EC2 takes in the place of one. */
function ofId(member: string, text: string, namer: Namer): readonly Named[] {
  const { intent } = namer;
  const isOurs = (each: Resource) => isOwn(each, namer);
  switch (member) {
    case 'KeyName':
      return [{ type: 'key-pair', id: text, resource: byName(intent, 'keyPair', text).find(isOurs) }];
    case 'directConnectGatewayId':
      return [{ type: 'dx-gateway', id: text, resource: lookUp(intent, text) }];
    case 'PublicIp':
      return intent.table('elasticAddress').by('publicIp', text).filter(isOurs).flatMap(withType);
    case 'GroupName':
    case 'SecurityGroups': {
      const groups = intent.table('securityGroup').by('vpcId', defaultVpcOf(namer)?.id ?? '');
      const named = groups.filter(({ name }) => name === text).flatMap(withType);
      if (named.length > 0 || member === 'GroupName') return named;
    }
  }
  const prefix = /^([a-z][a-z-]*)-[0-9a-f]+$/.exec(text)?.[1];
  if (prefix === undefined) return [];
  const resource = lookUp(intent, text);
  const type = RESOURCE_TYPES[prefix];
  if (type === 'key-pair') return resource?.kind === 'keyPair' ? [{ type, id: resource.name, resource }] : [];
  if (type !== undefined) return [{ type, id: text, resource }];
  return resource === undefined ? bearersOf(text, namer).flatMap(withType) : partsOf(resource, namer);
}

function withType(resource: AnyResource): readonly Named[] {
  const type = RESOURCE_TYPES[/^([a-z][a-z-]*)-[0-9a-f]+$/.exec(resource.id)?.[1] ?? ''];
  return type === undefined ? [] : [{ type, id: resource.id, resource }];
}

/** Those that an association is a part of. */
function bearersOf(id: string, namer: Namer): readonly AnyResource[] {
  const { intent } = namer;
  const found: readonly AnyResource[] = [
    ...intent.table('instance').by('profileAssociationId', id),
    ...intent
      .table('networkInterface')
      .by('attachment.id', id)
      .flatMap((port) => attached(port, intent)),
    ...intent.table('vpc').by('blockAssociationIds', id),
    ...intent.table('subnet').by('blockAssociationIds', id),
    ...intent.table('elasticAddress').by('associationId', id),
  ];
  return found.filter((each) => isOwn(each, namer));
}

/** Both ends of an attachment. */
function attached(port: NetworkInterface, intent: Intent): readonly AnyResource[] {
  const instance = intent.table('instance').get(port.attachment?.instanceId ?? '');
  return instance === undefined ? [port] : [port, instance];
}

/** Those that an association, or the like, is between. */
function partsOf(resource: AnyResource, { intent }: Namer): readonly Named[] {
  return Object.entries(resource).flatMap(([field, value]) => {
    const part = field !== 'id' && typeof value === 'string' ? lookUp(intent, value) : undefined;
    return part === undefined ? [] : withType(part);
  });
}

function lookUp(intent: Intent, id: string): AnyResource | undefined {
  for (const kind of KINDS) {
    const found: AnyResource | undefined = intent.table(kind).get(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function byName(intent: Intent, kind: Kind, name: string): readonly AnyResource[] {
  return intent.table(kind).by('name' as never, name);
}
