/**
 * A small world for tests: real resources with ids that count, so that runs are equal. For the Plan's own tests and for anyone
 * who needs a Plan without an API. Checks nothing: what AWS would refuse is the caller's to avoid.
 */
import { baseImageOf } from '../../model/images.ts';
import { createIntent, type Intent, type MutableIntent } from '../../model/intent.ts';
import type {
  AnyResource,
  EgressOnlyInternetGateway,
  Instance,
  InternetGateway,
  NetworkAcl,
  NetworkAclEntry,
  NetworkInterface,
  Resource,
  Route,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
  VpcEndpoint,
  VpcPeering,
} from '../../model/resources.ts';
import { zoneId } from '../../model/zones.ts';
import { cidrAddress, cidrOf } from '../../net/cidr.ts';
import { addToIp } from '../../net/ip.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'ap-south-1';
const NOW = '2026-11-23T12:00:00.000Z';
/** AWS keeps the first four addresses of a subnet. */
const FIRST_FREE = 4;

type Rule = Pick<SecurityGroupRule, 'direction' | 'protocol' | 'fromPort' | 'toPort' | 'peer'>;

export class World {
  region: string;
  /** Who makes what comes next; a zone's letter is this account's. */
  account: string;
  readonly #intent: MutableIntent = createIntent();
  #counter = 0;
  #links = 0;
  #publics = 0;
  readonly #used = new Map<string, number>();

  constructor(region = REGION, account = ACCOUNT) {
    this.region = region;
    this.account = account;
  }

  /** The Intent as it stands; each call of this or of `put` is a revision on. */
  intent(): Intent {
    return this.#intent;
  }

  put<R extends AnyResource>(resource: R): R {
    this.#intent.apply([{ op: 'put', resource }]);
    this.#intent.revision++;
    return resource;
  }

  remove(resource: AnyResource): void {
    this.#intent.apply([{ op: 'delete', kind: resource.kind, id: resource.id }]);
    this.#intent.revision++;
  }

  vpc(cidr: string, attributes: Partial<Pick<Vpc, 'dnsSupport' | 'dnsHostnames' | 'cidrs' | 'ipv6Cidrs'>> = {}): Vpc {
    const vpc = this.put<Vpc>({
      ...this.resource('vpc'),
      kind: 'vpc',
      cidrs: [cidr],
      ipv6Cidrs: [],
      isDefault: false,
      dnsSupport: true,
      dnsHostnames: true,
      instanceTenancy: 'default',
      dhcpOptionsId: 'default',
      mainRouteTableId: this.#id('rtb'),
      defaultGroupId: this.#id('sg'),
      defaultAclId: this.#id('acl'),
      ...attributes,
    });
    this.put({
      ...this.resource('rtb'),
      id: vpc.mainRouteTableId,
      kind: 'routeTable',
      vpcId: vpc.id,
      routes: [],
    });
    this.put({
      ...this.resource('sg'),
      id: vpc.defaultGroupId,
      kind: 'securityGroup',
      vpcId: vpc.id,
      name: 'default',
      description: 'default VPC security group',
    });
    const { account, region, tags, createdAt } = vpc;
    this.put({
      ...{ account, region, tags, createdAt },
      id: vpc.defaultAclId,
      kind: 'networkAcl',
      vpcId: vpc.id,
      isDefault: true,
      entries: ['0.0.0.0/0', '::/0'].flatMap((cidr, at) => [
        allow('egress', 100 + at, { cidr }),
        allow('ingress', 100 + at, { cidr }),
      ]),
    });
    return vpc;
  }

  /** A custom ACL for the subnets. */
  acl(vpc: Vpc, subnets: readonly Subnet[], ...entries: readonly NetworkAclEntry[]): NetworkAcl {
    const acl = this.put<NetworkAcl>({
      ...this.resource('acl'),
      kind: 'networkAcl',
      vpcId: vpc.id,
      isDefault: false,
      entries,
    });
    for (const { id: subnetId } of subnets) {
      const association = { ...this.resource('aclassoc'), vpcId: vpc.id, aclId: acl.id, subnetId };
      this.put({ ...association, kind: 'networkAclAssociation' });
    }
    return acl;
  }

  /** `zone` is a letter: the account's zone of that name. `cidr` null: IPv6 only. */
  subnet(vpc: Vpc, cidr: string | null, zone = 'a', ipv6Cidr: string | null = null): Subnet {
    return this.put<Subnet>({
      ...this.resource('subnet'),
      kind: 'subnet',
      vpcId: vpc.id,
      cidr,
      ipv6Cidr,
      assignIpv6OnCreation: cidr === null,
      zoneId: zoneId(this.account, `${this.region}${zone}`) ?? '',
      isDefaultForZone: false,
      mapPublicIpOnLaunch: false,
    });
  }

  /** An attached internet gateway; a route table through it for the subnets given. */
  gateway(vpc: Vpc, subnets: readonly Subnet[]): InternetGateway {
    const gateway = this.put<InternetGateway>({
      ...this.resource('igw'),
      kind: 'internetGateway',
      vpcId: vpc.id,
    });
    this.routeTable(vpc, [{ destination: '0.0.0.0/0', target: { kind: 'internetGateway', id: gateway.id } }], subnets);
    return gateway;
  }

  routeTable(vpc: Vpc, routes: readonly Route[], subnets: readonly Subnet[]): string {
    const table = this.put({
      ...this.resource('rtb'),
      kind: 'routeTable',
      vpcId: vpc.id,
      routes,
    } as AnyResource);
    for (const subnet of subnets) {
      this.put({
        ...this.resource('rtbassoc'),
        kind: 'routeTableAssociation',
        vpcId: vpc.id,
        routeTableId: table.id,
        subnetId: subnet.id,
      });
    }
    return table.id;
  }

  egressOnlyGateway(vpc: Vpc): EgressOnlyInternetGateway {
    return this.put({ ...this.resource('eigw'), kind: 'egressOnlyInternetGateway', vpcId: vpc.id });
  }

  /** A peering connection in force; routes through it are the caller's to add. */
  peering(requester: Vpc, accepter: Vpc, more: Partial<VpcPeering> = {}): VpcPeering {
    const side = ({ id, account, region }: Vpc) => ({ account, region, vpcId: id, sharesNames: false });
    return this.put<VpcPeering>({
      ...this.resource('pcx'),
      kind: 'vpcPeering',
      requester: side(requester),
      accepter: side(accepter),
      accepterTags: {},
      failed: false,
      answer: { verdict: 'accepted', at: NOW },
      deletion: null,
      changedRevision: 0,
      ...more,
    });
  }

  group(vpc: Vpc, name: string, ...rules: readonly Rule[]): SecurityGroup {
    const group = this.put<SecurityGroup>({
      ...this.resource('sg'),
      kind: 'securityGroup',
      vpcId: vpc.id,
      name,
      description: name,
    });
    for (const rule of rules) this.rule(group, rule);
    return group;
  }

  rule(group: SecurityGroup, rule: Rule): SecurityGroupRule {
    return this.put<SecurityGroupRule>({
      ...this.resource('sgr'),
      kind: 'securityGroupRule',
      groupId: group.id,
      description: null,
      ...rule,
    });
  }

  interface(subnet: Subnet, groups: readonly SecurityGroup[], more: Partial<NetworkInterface> = {}): NetworkInterface {
    const id = this.#id('eni');
    return this.put<NetworkInterface>({
      ...this.resource('eni'),
      id,
      kind: 'networkInterface',
      vpcId: subnet.vpcId,
      subnetId: subnet.id,
      type: 'interface',
      description: '',
      mac: `02:${(id.slice(-10).match(/../g) ?? []).join(':')}`,
      addresses: subnet.cidr === null ? [] : [this.#address(subnet.id, subnet.cidr)],
      ipv6Addresses: [],
      publicAddress: null,
      groupIds: groups.map((group) => group.id),
      sourceDestCheck: true,
      attachment: null,
      vpcEndpointId: null,
      linkSerial: null,
      loadBalancerId: null,
      nodeSerial: null,
      ...more,
    });
  }

  /** An instance with one interface; `isPublic` gives it a public address, `ipv6` is one of its own. */
  instance(
    subnet: Subnet,
    groups: readonly SecurityGroup[],
    options: { readonly isPublic?: boolean; readonly ipv6?: string } & Partial<Instance> = {},
  ): { readonly instance: Instance; readonly eni: NetworkInterface } {
    const { isPublic, ipv6, ...more } = options;
    const instance = this.put<Instance>({
      ...this.resource('i'),
      kind: 'instance',
      reservationId: this.#id('r'),
      launchIndex: 0,
      imageId: baseImageOf(this.region)?.id ?? '',
      layers: baseImageOf(this.region)?.layers ?? [],
      instanceType: 't3.micro',
      vpcId: subnet.vpcId,
      subnetId: subnet.id,
      keyName: null,
      userData: null,
      profileId: null,
      profileAssociationId: null,
      metadata: { httpTokens: 'required', httpEndpoint: 'enabled', hopLimit: 1, instanceTags: 'disabled' },
      apiTermination: true,
      apiStop: true,
      autoPublicAddress: false,
      shutdownBehavior: 'stop',
      wanted: 'running',
      boots: 1,
      launchedAt: NOW,
      transition: null,
      ...more,
    });
    const eni = this.interface(subnet, groups, {
      ipv6Addresses: ipv6 === undefined ? [] : [ipv6],
      publicAddress: isPublic ? addToIp('198.18.0.0', ++this.#publics) : null,
      attachment: {
        id: this.#id('eni-attach'),
        instanceId: instance.id,
        deviceIndex: 0,
        deleteOnTermination: true,
        attachedAt: NOW,
      },
    });
    return { instance, eni };
  }

  /** An interface endpoint with one interface in each subnet; `ipv6`: their addresses, of one that has any. */
  endpoint(
    vpc: Vpc,
    service: string,
    subnets: readonly Subnet[],
    groups: readonly SecurityGroup[],
    privateDns = true,
    ipv6: readonly string[] = [],
  ): { readonly endpoint: VpcEndpoint; readonly interfaces: readonly NetworkInterface[] } {
    const endpoint = this.#endpoint(vpc, service, {
      ...ipTypesOf(subnets, ipv6),
      subnetIds: subnets.map(({ id }) => id),
      groupIds: groups.map(({ id }) => id),
      privateDns,
    });
    const interfaces = subnets.map((subnet, at) =>
      this.interface(subnet, groups, {
        ipv6Addresses: ipv6.slice(at, at + 1),
        type: 'vpcEndpoint',
        description: `VPC Endpoint Interface ${endpoint.id}`,
        vpcEndpointId: endpoint.id,
        linkSerial: ++this.#links,
      }),
    );
    return { endpoint, interfaces };
  }

  /** A gateway endpoint with a route in each of the tables. */
  gatewayEndpoint(vpc: Vpc, service: string, tables: readonly string[]): VpcEndpoint {
    return this.#endpoint(vpc, service, { type: 'Gateway', routeTableIds: tables, linkSerial: ++this.#links });
  }

  #endpoint(vpc: Vpc, service: string, more: Partial<VpcEndpoint>): VpcEndpoint {
    return this.put<VpcEndpoint>({
      ...this.resource('vpce'),
      kind: 'vpcEndpoint',
      type: 'Interface',
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${this.region}.${service}`,
      serviceRegion: this.region,
      routeTableIds: [],
      linkSerial: null,
      subnetIds: [],
      groupIds: [],
      policy: null,
      privateDns: false,
      inboundOnly: false,
      ipAddressType: 'ipv4',
      dnsRecordIpType: 'ipv4',
      serviceId: null,
      connectionId: null,
      privateDnsName: null,
      acceptance: 'automatic',
      dnsSuffix: this.#count().toString(36).padStart(8, 'a'),
      changedRevision: this.#intent.revision + 1,
      deletedRevision: null,
      deletedAt: null,
      ...more,
    });
  }

  #address(subnet: string, cidr: string): string {
    const next = this.#used.get(subnet) ?? FIRST_FREE;
    this.#used.set(subnet, next + 1);
    return cidrAddress(cidrOf(cidr), next);
  }

  /** What any resource has, with an id of its own. */
  resource(prefix: string): Resource {
    return { id: this.#id(prefix), account: this.account, region: this.region, tags: {}, createdAt: NOW };
  }

  #id(prefix: string): string {
    return `${prefix}-0${this.#count().toString(16).padStart(16, '0')}`;
  }

  #count(): number {
    return ++this.#counter;
  }
}

/** What an endpoint in such subnets is, whose interfaces have these IPv6 addresses. */
export function ipTypesOf(
  subnets: readonly Subnet[],
  ipv6: readonly string[],
): Pick<VpcEndpoint, 'ipAddressType' | 'dnsRecordIpType'> {
  const type = subnets.some(({ cidr }) => cidr === null) ? 'ipv6' : ipv6.length > 0 ? 'dualstack' : 'ipv4';
  return { ipAddressType: type, dnsRecordIpType: type };
}

export const anywhere = { kind: 'cidr', cidr: '0.0.0.0/0' } as const;

export function allowTcp(direction: Rule['direction'], port: number, peer: Rule['peer'] = anywhere): Rule {
  return { direction, protocol: 'tcp', fromPort: port, toPort: port, peer };
}

export function allowAll(direction: Rule['direction'], peer: Rule['peer'] = anywhere): Rule {
  return { direction, protocol: '-1', fromPort: -1, toPort: -1, peer };
}

/** An ACL's entry: all that no further word narrows. */
export function allow(
  direction: Rule['direction'],
  number: number,
  more: Partial<NetworkAclEntry> = {},
): NetworkAclEntry {
  const egress = direction === 'egress';
  return { number, egress, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0', ports: null, ...more };
}

export function deny(...entry: Parameters<typeof allow>): NetworkAclEntry {
  return { ...allow(...entry), action: 'deny' };
}

export function inGroup(group: SecurityGroup): Rule['peer'] {
  return { kind: 'group', groupId: group.id, account: group.account };
}
