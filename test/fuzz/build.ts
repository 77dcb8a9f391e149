/**
 * A random topology by AWS's API: each step is one or a few calls. What AWS would refuse is refused, and left out; anything but a
 * Refusal is a failure.
 */
import { directConnectActions } from '../../src/api/directconnect/index.ts';
import { ec2Actions } from '../../src/api/ec2/index.ts';
import { elbv2Actions } from '../../src/api/elbv2/index.ts';
import { resolverActions } from '../../src/api/resolver/index.ts';
import { route53Actions } from '../../src/api/route53/index.ts';
import { ACCOUNT, type Harness, harness, REGION } from '../../src/api/testing.ts';
import { createSite } from '../../src/daemon/sites.ts';
import { baseImageOf } from '../../src/model/images.ts';
import type { Intent } from '../../src/model/intent.ts';
import { Refusal } from '../../src/model/refusal.ts';
import type { Kind, ResourceOf } from '../../src/model/resources.ts';
import { targetId } from '../../src/model/targets.ts';
import { cidrAddress, cidrOf } from '../../src/net/cidr.ts';
import { compile } from '../../src/plan/compile.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Step, StepOf, Topology } from './steps.ts';

const OTHER_ACCOUNT = '444455556666';
const ACTIONS = { ...directConnectActions, ...ec2Actions, ...elbv2Actions, ...resolverActions, ...route53Actions };
const IMAGE = baseImageOf(REGION)?.id ?? '';
/** Of a VPC's subnets. */
const ZONES = ['a', 'b'];

export interface Built {
  /** After the first half of the steps, and after all. */
  readonly plans: readonly [half: Plan, whole: Plan];
  readonly intent: Intent;
  /** What AWS would refuse too, as "Operation Code message". */
  readonly refusals: readonly string[];
}

type Call = (operation: string, input: object) => Record<string, unknown>;

export function build({ vpcs, steps }: Pick<Topology, 'vpcs' | 'steps'>): Built {
  const root = harness(ACTIONS);
  const builder = new Builder(root);
  for (const account of [ACCOUNT, OTHER_ACCOUNT]) builder.clear(account);
  for (const [at, vpc] of vpcs.entries()) builder.vpc(vpc, at);
  const half = steps.length >> 1;
  for (const step of steps.slice(0, half)) builder.step(step);
  const first = planOf(root);
  for (const step of steps.slice(half)) builder.step(step);
  return { plans: [first, planOf(root)], intent: root.intent, refusals: builder.refusals };
}

function planOf({ intent, facts }: Harness): Plan {
  return compile(intent, facts);
}

class Builder {
  readonly refusals: string[] = [];
  readonly #root: Harness;
  #names = 0;

  constructor(root: Harness) {
    this.#root = root;
  }

  /** The default VPC goes: its range is one of the random ones. */
  clear(account: string): void {
    const call = this.#as(account);
    call('DescribeVpcs', {});
    const own = <K extends Kind>(kind: K) => this.#all(kind).filter((each) => each.account === account);
    for (const { id, vpcId } of own('internetGateway')) {
      call('DetachInternetGateway', { InternetGatewayId: id, VpcId: vpcId });
      call('DeleteInternetGateway', { InternetGatewayId: id });
    }
    for (const { id } of own('subnet')) call('DeleteSubnet', { SubnetId: id });
    for (const { id } of own('vpc')) call('DeleteVpc', { VpcId: id });
  }

  vpc(seed: Topology['vpcs'][number], at: number): void {
    const call = this.#as(seed.isOtherAccount ? OTHER_ACCOUNT : ACCOUNT);
    call('CreateVpc', { CidrBlock: `${seed.range}.0.0/16`, AmazonProvidedIpv6CidrBlock: seed.hasIpv6 });
    const vpc = this.#all('vpc')[at];
    if (vpc === undefined) throw new Error('a VPC was refused');
    const VpcId = vpc.id;
    call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
    const [block] = vpc.ipv6Cidrs;
    for (const [nth, zone] of ZONES.slice(0, seed.zones).entries()) {
      const ipv6 = block && {
        Ipv6CidrBlock: `${cidrAddress({ ...cidrOf(block), prefix: 56 }, BigInt(nth) << 64n)}/64`,
      };
      call('CreateSubnet', {
        ...{ VpcId, CidrBlock: `${seed.range}.${nth}.0/24`, AvailabilityZone: `${REGION}${zone}` },
        ...ipv6,
      });
    }
    if (seed.hasGateway) {
      const gateway = id(call('CreateInternetGateway', {}), 'InternetGateway', 'InternetGatewayId');
      call('AttachInternetGateway', { InternetGatewayId: gateway, VpcId });
      call('CreateRoute', {
        RouteTableId: vpc.mainRouteTableId,
        DestinationCidrBlock: '0.0.0.0/0',
        GatewayId: gateway,
      });
      if (seed.hasIpv6) {
        call('CreateRoute', {
          RouteTableId: vpc.mainRouteTableId,
          DestinationIpv6CidrBlock: '::/0',
          GatewayId: gateway,
        });
      }
    }
    for (const [nth, kind] of seed.groups.entries()) this.#group(call, VpcId, `${kind}${nth}`, kind);
    const subnets = this.#of('subnet', VpcId);
    const groups = this.#of('securityGroup', VpcId);
    for (const instance of seed.instances) {
      const subnet = pick(subnets, instance.subnet);
      call('RunInstances', {
        ...{ ImageId: IMAGE, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 },
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            SubnetId: subnet?.id,
            Groups: [pick(groups, instance.group)?.id],
            AssociatePublicIpAddress: instance.isPublic,
            ...(subnet?.ipv6Cidr != null && instance.subnet % 3 !== 2 && { Ipv6AddressCount: 1, PrimaryIpv6: true }),
          },
        ],
      });
    }
    for (const { id } of this.#all('instance')) {
      this.#root.facts.machines.set(id, { state: 'running', boots: 1, fault: null });
    }
  }

  #group(call: Call, VpcId: string, GroupName: string, kind: string): void {
    const GroupId = id(call('CreateSecurityGroup', { GroupName, Description: GroupName, VpcId }), 'GroupId');
    const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
    const web = { ...all, IpProtocol: 'tcp', FromPort: 80, ToPort: 443 };
    const members = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] };
    const allowed = { open: all, web, members }[kind];
    if (allowed !== undefined) call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [allowed] });
    if (kind === 'mute') {
      call('RevokeSecurityGroupEgress', {
        GroupId,
        IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      });
      call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [all] });
    }
  }

  step(step: Step): void {
    const does = this.#steps[step.kind] as (step: Step) => void;
    does(step);
  }

  readonly #steps: { readonly [K in Step['kind']]: (step: StepOf<K>) => void } = {
    rule: (step) => {
      const group = pick(this.#all('securityGroup'), step.group);
      if (group === undefined) return;
      const operation = step.side === 'ingress' ? 'AuthorizeSecurityGroupIngress' : 'AuthorizeSecurityGroupEgress';
      const peer = this.#peer(step.peer, group);
      if (peer === undefined) return;
      this.#for(group)(operation, {
        GroupId: group.id,
        IpPermissions: [{ ...traffic(step.protocol, step.ports), ...peer }],
      });
    },
    revoke: ({ group: at, side }) => {
      const group = pick(this.#all('securityGroup'), at);
      if (group === undefined) return;
      const rules = this.#all('securityGroupRule').filter(
        (each) => each.groupId === group.id && each.direction === side,
      );
      const rule = pick(rules, at);
      const operation = side === 'ingress' ? 'RevokeSecurityGroupIngress' : 'RevokeSecurityGroupEgress';
      if (rule !== undefined) this.#for(group)(operation, { GroupId: group.id, SecurityGroupRuleIds: [rule.id] });
    },
    groupsOf: ({ port: at, group, second }) => {
      const port = pick(this.#machinePorts(), at);
      if (port === undefined) return;
      const groups = this.#of('securityGroup', port.vpcId);
      const Groups = [...new Set([pick(groups, group)?.id, pick(groups, second)?.id])];
      this.#for(port)('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: port.id, Groups });
    },
    sourceDestCheck: ({ port: at }) => {
      const port = pick(this.#machinePorts(), at);
      if (port === undefined) return;
      const SourceDestCheck = { Value: false };
      this.#for(port)('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: port.id, SourceDestCheck });
    },
    acl: ({ subnet: at, base, entries }) => {
      const subnet = pick(this.#all('subnet'), at);
      if (subnet === undefined) return;
      const call = this.#for(subnet);
      const NetworkAclId = id(call('CreateNetworkAcl', { VpcId: subnet.vpcId }), 'NetworkAcl', 'NetworkAclId');
      const all = base === 'none' ? [] : ['0.0.0.0/0', '::/0'];
      for (const [nth, block] of all.entries()) {
        for (const Egress of [true, false]) {
          const entry = { NetworkAclId, RuleNumber: 200 + nth, Egress, Protocol: '-1', RuleAction: 'allow' };
          call('CreateNetworkAclEntry', { ...entry, ...blockOf(block) });
        }
      }
      for (const { number, isEgress, isAllowed, protocol, ports, block } of entries) {
        const entry = { NetworkAclId, RuleNumber: number, Egress: isEgress, RuleAction: isAllowed ? 'allow' : 'deny' };
        const isIpv6 = block.includes(':');
        const what =
          protocol === 'icmp'
            ? { Protocol: isIpv6 ? '58' : '1', IcmpTypeCode: { Type: -1, Code: -1 } }
            : { Protocol: protocol, PortRange: { From: ports.from, To: ports.to } };
        call('CreateNetworkAclEntry', { ...entry, ...what, ...blockOf(block) });
      }
      const filter = { Filters: [{ Name: 'association.subnet-id', Values: [subnet.id] }] };
      const [found] = call('DescribeNetworkAcls', filter).NetworkAcls as {
        Associations: { SubnetId: string; NetworkAclAssociationId: string }[];
      }[];
      const association = found?.Associations.find(({ SubnetId }) => SubnetId === subnet.id);
      const AssociationId = association?.NetworkAclAssociationId;
      call('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId });
    },
    peering: ({ from, to, isAccepted, routes }) => {
      const near = pick(this.#all('vpc'), from);
      const far = pick(this.#all('vpc'), to);
      if (near === undefined || far === undefined) return;
      const asked = { VpcId: near.id, PeerVpcId: far.id, PeerOwnerId: far.account };
      const made = this.#for(near)('CreateVpcPeeringConnection', asked);
      const VpcPeeringConnectionId = id(made, 'VpcPeeringConnection', 'VpcPeeringConnectionId');
      if (isAccepted) this.#for(far)('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
      if (routes === 'none') return;
      const sides = [[near, far] as const, ...(routes === 'one' ? [] : [[far, near] as const])];
      for (const [here, there] of sides) {
        for (const { id: RouteTableId } of this.#of('routeTable', here.id)) {
          for (const block of [...there.cidrs, ...there.ipv6Cidrs]) {
            const narrow = routes === 'narrow' && !block.includes(':') ? block.replace(/\/\d+$/, '/24') : block;
            const [key] = Object.keys(blockOf(narrow));
            const destination = { [key === 'CidrBlock' ? 'DestinationCidrBlock' : 'DestinationIpv6CidrBlock']: narrow };
            this.#for(here)('CreateRoute', { RouteTableId, ...destination, VpcPeeringConnectionId });
          }
        }
      }
    },
    deletePeering: ({ at }) => {
      const peering = pick(this.#all('vpcPeering'), at);
      if (peering === undefined) return;
      const call = this.#as(peering.requester.account);
      call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: peering.id });
    },
    route: ({ table: at, destination, target, at: which }) => {
      const table = pick(this.#all('routeTable'), at);
      if (table === undefined) return;
      const call = this.#for(table);
      const to = this.#routeTarget(call, table.vpcId, target, which);
      if (to === undefined) return;
      const key = destination.includes(':') ? 'DestinationIpv6CidrBlock' : 'DestinationCidrBlock';
      const route = { RouteTableId: table.id, [key]: destination, ...to };
      const isThere = table.routes.some((each) => each.destination === destination);
      call(isThere ? 'ReplaceRoute' : 'CreateRoute', route);
    },
    ownTable: ({ subnet: at }) => {
      const subnet = pick(this.#all('subnet'), at);
      if (subnet === undefined) return;
      const call = this.#for(subnet);
      const RouteTableId = id(call('CreateRouteTable', { VpcId: subnet.vpcId }), 'RouteTable', 'RouteTableId');
      call('AssociateRouteTable', { RouteTableId, SubnetId: subnet.id });
    },
    detach: ({ vpc }) => {
      const gateway = pick(this.#all('internetGateway'), vpc);
      if (gateway?.vpcId == null) return;
      const given = { InternetGatewayId: gateway.id, VpcId: gateway.vpcId };
      this.#for(gateway)('DetachInternetGateway', given);
    },
    elastic: ({ port: at }) => {
      const port = pick(this.#machinePorts(), at);
      if (port === undefined) return;
      const AllocationId = id(this.#for(port)('AllocateAddress', { Domain: 'vpc' }), 'AllocationId');
      this.#for(port)('AssociateAddress', { AllocationId, NetworkInterfaceId: port.id });
    },
    stop: ({ instance: at }) => {
      const instance = pick(this.#all('instance'), at);
      if (instance !== undefined) this.#for(instance)('StopInstances', { InstanceIds: [instance.id] });
    },
    endpoint: (step) => {
      const vpc = pick(this.#all('vpc'), step.vpc);
      if (vpc === undefined) return;
      const [group, subnets] = [
        pick(this.#of('securityGroup', vpc.id), step.group),
        this.#subnetsOf(vpc.id, step.subnets),
      ];
      this.#for(vpc)('CreateVpcEndpoint', {
        ...{ VpcId: vpc.id, VpcEndpointType: 'Interface', ServiceName: `com.amazonaws.${REGION}.${step.service}` },
        SubnetIds: subnets,
        SecurityGroupIds: [group?.id],
        PrivateDnsEnabled: step.privateDns,
        ...(step.isDualstack && vpc.ipv6Cidrs.length > 0 && { IpAddressType: 'dualstack' }),
        ...(step.service === 's3' && { DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: false } }),
      });
    },
    ipv6Endpoint: ({ vpc: at, service, group }) => {
      const vpc = pick(this.#all('vpc'), at);
      if (vpc === undefined || vpc.ipv6Cidrs.length === 0) return;
      this.#for(vpc)('CreateVpcEndpoint', {
        ...{ VpcId: vpc.id, VpcEndpointType: 'Interface', ServiceName: `com.amazonaws.${REGION}.${service}` },
        SubnetIds: [this.#subnetOfIpv6(vpc)],
        SecurityGroupIds: [pick(this.#of('securityGroup', vpc.id), group)?.id],
        IpAddressType: 'ipv6',
        PrivateDnsEnabled: service !== 's3',
      });
    },
    gatewayEndpoint: ({ vpc: at, service, tables }) => {
      const vpc = pick(this.#all('vpc'), at);
      if (vpc === undefined) return;
      const own = this.#of('routeTable', vpc.id);
      const RouteTableIds = own.filter((_, nth) => nth === 0 || (tables >> nth) % 2 === 0).map((each) => each.id);
      const ServiceName = `com.amazonaws.${REGION}.${service}`;
      this.#for(vpc)('CreateVpcEndpoint', { VpcId: vpc.id, VpcEndpointType: 'Gateway', ServiceName, RouteTableIds });
    },
    natGateway: (step) => this.#natGateway(step),
    transit: (step) => this.#transit(step),
    transitRoute: ({ table: at, destination, attachment }) => {
      const table = pick(this.#all('transitRouteTable'), at);
      if (table === undefined) return;
      this.#settle();
      const own = this.#all('transitAttachment').filter((each) => each.transitGatewayId === table.transitGatewayId);
      const to = attachment === null ? { Blackhole: true } : { TransitGatewayAttachmentId: pick(own, attachment)?.id };
      const route = { TransitGatewayRouteTableId: table.id, DestinationCidrBlock: destination, ...to };
      this.#for(table)('CreateTransitGatewayRoute', route);
    },
    site: (step) => this.#site(step),
    balancer: (step) => this.#balancer(step),
    zone: ({ vpc: at, second, name, record, type }) => {
      const vpc = pick(this.#all('vpc'), at);
      if (vpc === undefined) return;
      const call = this.#for(vpc);
      const place = (VPCId: string) => ({ VPC: { VPCRegion: REGION, VPCId } });
      const made = call('CreateHostedZone', { Name: name, CallerReference: `r${++this.#names}`, ...place(vpc.id) });
      const HostedZoneId = id(made, 'HostedZone', 'Id').replace('/hostedzone/', '');
      const other = second === null ? undefined : pick(this.#all('vpc'), second);
      if (other !== undefined) call('AssociateVPCWithHostedZone', { HostedZoneId, ...place(other.id) });
      const Value = type === 'A' ? `192.0.2.${this.#names % 250}` : 'www.corp.test';
      const ResourceRecordSet = { Name: `${record}${name}`, Type: type, TTL: 60, ResourceRecords: [{ Value }] };
      call('ChangeResourceRecordSets', {
        HostedZoneId,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet }] },
      });
    },
    direct: (step) => this.#direct(step),
    resolver: (step) => this.#resolver(step),
    flowLog: ({ at, of, traffic }) => {
      const all = { VPC: this.#all('vpc'), Subnet: this.#all('subnet'), NetworkInterface: this.#machinePorts() };
      const logged = pick<{ readonly id: string; readonly account: string }>(all[of as keyof typeof all], at);
      if (logged === undefined) return;
      const to = { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::logs' };
      const what = { ResourceType: of, ResourceIds: [logged.id], TrafficType: traffic };
      this.#for(logged)('CreateFlowLogs', { ...what, ...to });
    },
    dns: ({ vpc: at, attribute }) => {
      const vpc = pick(this.#all('vpc'), at);
      if (vpc !== undefined) this.#for(vpc)('ModifyVpcAttribute', { VpcId: vpc.id, [attribute]: { Value: false } });
    },
  };

  #natGateway({ subnet: at, isPublic, from, destination }: StepOf<'natGateway'>): void {
    const subnet = pick(this.#all('subnet'), at);
    if (subnet === undefined) return;
    this.#settle();
    const call = this.#for(subnet);
    const AllocationId = isPublic ? id(call('AllocateAddress', { Domain: 'vpc' }), 'AllocationId') : undefined;
    const kind = isPublic ? { AllocationId } : { ConnectivityType: 'private' };
    const made = call('CreateNatGateway', { SubnetId: subnet.id, ...kind });
    const NatGatewayId = id(made, 'NatGateway', 'NatGatewayId');
    this.#settle();
    const other = pick(this.#of('subnet', subnet.vpcId), from);
    if (other === undefined) return;
    const RouteTableId = id(call('CreateRouteTable', { VpcId: subnet.vpcId }), 'RouteTable', 'RouteTableId');
    call('AssociateRouteTable', { RouteTableId, SubnetId: other.id });
    call('CreateRoute', { RouteTableId, DestinationCidrBlock: destination, NatGatewayId });
  }

  /** Of one account, which has one transit gateway. */
  #transit({ vpcs, subnets, routes }: StepOf<'transit'>): void {
    const [first, ...others] = [...new Set(vpcs.map((at) => pick(this.#all('vpc'), at)))];
    if (first === undefined) return;
    const call = this.#for(first);
    const TransitGatewayId = this.#transitGateway(first);
    const own = [first, ...others].filter(
      (vpc) => vpc !== undefined && vpc.account === first.account,
    ) as (typeof first)[];
    for (const vpc of own) {
      this.#settle();
      const SubnetIds = this.#subnetsOf(vpc.id, subnets);
      call('CreateTransitGatewayVpcAttachment', { TransitGatewayId, VpcId: vpc.id, SubnetIds });
    }
    this.#settle();
    if (routes === 'none') return;
    for (const here of routes === 'first' ? [first] : own) {
      const blocks =
        routes === 'default' ? ['0.0.0.0/0'] : own.filter((vpc) => vpc !== here).flatMap(({ cidrs }) => cidrs);
      for (const { id: RouteTableId } of this.#of('routeTable', here.id)) {
        for (const DestinationCidrBlock of [...blocks, '192.168.0.0/16']) {
          call('CreateRoute', { RouteTableId, DestinationCidrBlock, TransitGatewayId });
        }
      }
    }
  }

  #transitGateway({ account }: { readonly account: string }): string {
    const there = this.#all('transitGateway').find((each) => each.account === account);
    this.#settle();
    return there?.id ?? id(this.#as(account)('CreateTransitGateway', {}), 'TransitGateway', 'TransitGatewayId');
  }

  /** A customer's network, and a VPN connection to it. */
  #site({ cidr, vpc: at, end, isStatic, isPropagated }: StepOf<'site'>): void {
    const vpc = pick(this.#all('vpc'), at);
    if (vpc === undefined) return;
    const site = this.#madeSite(vpc, cidr);
    if (site === undefined) return;
    const call = this.#for(vpc);
    const customer = { Type: 'ipsec.1', IpAddress: site.publicAddress, BgpAsn: 65_000 };
    const CustomerGatewayId = id(call('CreateCustomerGateway', customer), 'CustomerGateway', 'CustomerGatewayId');
    const far = end === 'transitGateway' ? this.#transitGateway(vpc) : '';
    const VpnGatewayId = far === '' ? this.#vpnGateway(vpc) : '';
    const connection = call('CreateVpnConnection', {
      ...{ CustomerGatewayId, Type: 'ipsec.1', Options: { StaticRoutesOnly: isStatic } },
      ...(far === '' ? { VpnGatewayId } : { TransitGatewayId: far }),
    });
    const VpnConnectionId = id(connection, 'VpnConnection', 'VpnConnectionId');
    this.#settle();
    if (isStatic && far === '') call('CreateVpnConnectionRoute', { VpnConnectionId, DestinationCidrBlock: cidr });
    const TransitGatewayId = far;
    this.#routesTo(vpc, cidr, { VpnGatewayId, TransitGatewayId, isPropagated });
  }

  #madeSite({ account }: { readonly account: string }, cidr: string) {
    const { intent } = this.#root;
    const now = new Date(Date.UTC(2026, 0, 2)).toISOString();
    const name = `s${++this.#names}`;
    const made = createSite(name, { cidr }, { intent, account, now });
    if ('refusal' in made) return undefined;
    intent.apply(made.edits);
    intent.revision++;
    return { name, publicAddress: made.site.publicAddress };
  }

  /** A VPC has one. */
  #vpnGateway(vpc: ResourceOf<'vpc'>): string {
    const there = this.#all('vpnGateway').find(({ vpcId }) => vpcId === vpc.id);
    if (there !== undefined) return there.id;
    const call = this.#for(vpc);
    const VpnGatewayId = id(call('CreateVpnGateway', { Type: 'ipsec.1' }), 'VpnGateway', 'VpnGatewayId');
    this.#settle();
    call('AttachVpnGateway', { VpnGatewayId, VpcId: vpc.id });
    this.#settle();
    return VpnGatewayId;
  }

  /** From all of a VPC's tables, by the one of the two gateways that is given. */
  #routesTo(
    vpc: ResourceOf<'vpc'>,
    DestinationCidrBlock: string,
    by: { readonly VpnGatewayId: string; readonly TransitGatewayId: string; readonly isPropagated: boolean },
  ): void {
    const { VpnGatewayId: GatewayId, TransitGatewayId, isPropagated } = by;
    const call = this.#for(vpc);
    for (const { id: RouteTableId } of this.#of('routeTable', vpc.id)) {
      if (GatewayId !== '' && isPropagated) call('EnableVgwRoutePropagation', { RouteTableId, GatewayId });
      else if (GatewayId !== '') call('CreateRoute', { RouteTableId, DestinationCidrBlock, GatewayId });
      else call('CreateRoute', { RouteTableId, DestinationCidrBlock, TransitGatewayId });
    }
  }

  /** A customer's network with a line of its own. */
  #direct({ cidr, vpc: at, end, hasGateway, isPropagated }: StepOf<'direct'>): void {
    const vpc = pick(this.#all('vpc'), at);
    if (vpc === undefined) return;
    const site = this.#madeSite(vpc, cidr);
    if (site === undefined) return;
    const call = this.#for(vpc);
    const number = ++this.#names;
    const line = { location: site.name, bandwidth: '1Gbps', connectionName: `line${number}` };
    const connectionId = id(call('CreateConnection', line), 'connectionId');
    const TransitGatewayId = end === 'transitGateway' ? this.#transitGateway(vpc) : '';
    const VpnGatewayId = TransitGatewayId === '' ? this.#vpnGateway(vpc) : '';
    const wish = { virtualInterfaceName: `vif${number}`, vlan: 100 + number, asn: 65_000 };
    if (TransitGatewayId === '' && !hasGateway) {
      const newPrivateVirtualInterface = { ...wish, virtualGatewayId: VpnGatewayId };
      call('CreatePrivateVirtualInterface', { connectionId, newPrivateVirtualInterface });
    } else {
      const made = call('CreateDirectConnectGateway', {
        ...{ directConnectGatewayName: `dx${number}`, amazonSideAsn: 64_600 + number },
      });
      const directConnectGatewayId = id(made, 'directConnectGateway', 'directConnectGatewayId');
      this.#settle();
      const interface_ = { ...wish, directConnectGatewayId };
      if (TransitGatewayId === '')
        call('CreatePrivateVirtualInterface', { connectionId, newPrivateVirtualInterface: interface_ });
      else call('CreateTransitVirtualInterface', { connectionId, newTransitVirtualInterface: interface_ });
      const prefixes = vpc.cidrs.map((block) => ({ cidr: block }));
      call('CreateDirectConnectGatewayAssociation', {
        ...{ directConnectGatewayId, gatewayId: TransitGatewayId || VpnGatewayId },
        ...(TransitGatewayId !== '' && { addAllowedPrefixesToDirectConnectGateway: prefixes }),
      });
    }
    this.#settle();
    this.#routesTo(vpc, cidr, { VpnGatewayId, TransitGatewayId, isPropagated });
  }

  #resolver({ direction, vpc: at, subnets, group, domain, target, second }: StepOf<'resolver'>): void {
    const vpc = pick(this.#all('vpc'), at);
    if (vpc === undefined) return;
    const call = this.#for(vpc);
    const CreatorRequestId = `r${++this.#names}`;
    const [first = '', last = first] = this.#subnetsOf(vpc.id, subnets);
    const made = call('CreateResolverEndpoint', {
      ...{ CreatorRequestId, Direction: direction },
      SecurityGroupIds: [pick(this.#of('securityGroup', vpc.id), group)?.id],
      IpAddresses: [{ SubnetId: first }, { SubnetId: last }],
    });
    const ResolverEndpointId = id(made, 'ResolverEndpoint', 'Id');
    this.#settle();
    const asked = pick(this.#machinePorts(), target)?.addresses[0];
    if (direction === 'INBOUND' || asked === undefined) return;
    const rule = call('CreateResolverRule', {
      ...{ CreatorRequestId, RuleType: 'FORWARD', DomainName: domain, ResolverEndpointId },
      TargetIps: [{ Ip: asked }],
    });
    const ResolverRuleId = id(rule, 'ResolverRule', 'Id');
    for (const VPCId of new Set([vpc.id, pick(this.#all('vpc'), second)?.id])) {
      call('AssociateResolverRule', { ResolverRuleId, VPCId });
    }
    this.#settle();
  }

  /** What was asked for is in force: nothing is pending any more. */
  #settle(): void {
    this.#root.facts.appliedRevision = this.#root.intent.revision;
  }

  #balancer(step: StepOf<'balancer'>): void {
    const vpc = pick(this.#all('vpc'), step.vpc);
    if (vpc === undefined) return;
    const call = this.#for(vpc);
    const groups = this.#of('securityGroup', vpc.id);
    const count = { none: 0, one: 1, two: 2 }[step.groups] ?? 0;
    const SecurityGroups = [...new Set(groups.slice(step.group % groups.length).map(({ id }) => id))].slice(0, count);
    const number = ++this.#names;
    const made = call('CreateLoadBalancer', {
      ...{ Name: `lb${number}`, Type: 'network', Scheme: step.isPublic ? 'internet-facing' : 'internal' },
      Subnets: this.#subnetsOf(vpc.id, step.subnets),
      ...(count > 0 && { SecurityGroups }),
      ...(step.isDualstack && { IpAddressType: 'dualstack' }),
    });
    const LoadBalancerArn = id(made, 'LoadBalancers', 'LoadBalancerArn');
    if (LoadBalancerArn === '') return;
    if (count > 0 && !step.guardPrivateLink) {
      const off = { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' };
      call('SetSecurityGroups', { LoadBalancerArn, SecurityGroups, ...off });
    }
    const crossZone = { Key: 'load_balancing.cross_zone.enabled', Value: String(step.crossZone) };
    call('ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes: [crossZone] });
    for (const [nth, listener] of step.listeners.entries())
      this.#listener(call, vpc.id, LoadBalancerArn, `tg${number}x${nth}`, listener);
    const NetworkLoadBalancerArns = [LoadBalancerArn];
    const { acceptanceRequired: AcceptanceRequired } = step;
    const SupportedIpAddressTypes = step.isDualstack ? ['ipv4', 'ipv6'] : ['ipv4'];
    const service = call('CreateVpcEndpointServiceConfiguration', {
      ...{ NetworkLoadBalancerArns, AcceptanceRequired, SupportedIpAddressTypes },
    });
    const ServiceId = id(service, 'ServiceConfiguration', 'ServiceId');
    const ServiceName = id(service, 'ServiceConfiguration', 'ServiceName');
    call('ModifyVpcEndpointServicePermissions', { ServiceId, AddAllowedPrincipals: ['*'] });
    if (step.hasPrivateName) this.#privateName(call, ServiceId);
    for (const consumer of step.consumers) {
      const there = pick(this.#all('vpc'), consumer.vpc);
      if (there === undefined) continue;
      const hasIpv6 = step.isDualstack && there.ipv6Cidrs.length > 0;
      const addresses = hasIpv6 ? consumer.addresses : 'ipv4';
      const VpcEndpointId = id(
        this.#for(there)('CreateVpcEndpoint', {
          ...{ VpcId: there.id, VpcEndpointType: 'Interface', ServiceName, IpAddressType: addresses },
          SubnetIds: addresses === 'ipv6' ? [this.#subnetOfIpv6(there)] : this.#subnetsOf(there.id, consumer.subnets),
          SecurityGroupIds: [pick(this.#of('securityGroup', there.id), consumer.group)?.id],
        }),
        ...['VpcEndpoint', 'VpcEndpointId'],
      );
      if (consumer.answer === 'none') continue;
      const operation = consumer.answer === 'accept' ? 'AcceptVpcEndpointConnections' : 'RejectVpcEndpointConnections';
      call(operation, { ServiceId, VpcEndpointIds: [VpcEndpointId] });
      this.#settle();
      if (step.hasPrivateName) this.#for(there)('ModifyVpcEndpoint', { VpcEndpointId, PrivateDnsEnabled: true });
    }
  }

  /** Verified by a record in a public zone. */
  #privateName(call: Call, ServiceId: string): void {
    const number = ++this.#names;
    const [Name, PrivateDnsName] = [`shop${number}.test`, `api.shop${number}.test`];
    call('ModifyVpcEndpointServiceConfiguration', { ServiceId, PrivateDnsName });
    const made = call('CreateHostedZone', { Name, CallerReference: `r${number}` });
    const HostedZoneId = id(made, 'HostedZone', 'Id').replace('/hostedzone/', '');
    const told = call('DescribeVpcEndpointServiceConfigurations', { ServiceIds: [ServiceId] });
    const [service] = (told.ServiceConfigurations ?? []) as { PrivateDnsNameConfiguration?: Record<string, string> }[];
    const { Name: label, Value } = service?.PrivateDnsNameConfiguration ?? {};
    const ResourceRecords = [{ Value: `"${Value}"` }];
    const ResourceRecordSet = { Name: `${label}.${Name}`, Type: 'TXT', TTL: 60, ResourceRecords };
    call('ChangeResourceRecordSets', {
      HostedZoneId,
      ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet }] },
    });
    call('StartVpcEndpointServicePrivateDnsVerification', { ServiceId });
  }

  #listener(
    call: Call,
    VpcId: string,
    LoadBalancerArn: string,
    Name: string,
    seed: StepOf<'balancer'>['listeners'][number],
  ): void {
    const { protocol: Protocol, targetType: TargetType, targetPort: Port } = seed;
    const family = seed.isIpv6 ? { IpAddressType: 'ipv6' } : {};
    const made = call('CreateTargetGroup', { Name, Protocol, Port, VpcId, TargetType, ...family });
    const TargetGroupArn = id(made, 'TargetGroups', 'TargetGroupArn');
    const attributes = {
      ...(seed.preserve !== 'default' && { 'preserve_client_ip.enabled': seed.preserve }),
      ...(seed.proxyProtocol && { 'proxy_protocol_v2.enabled': 'true' }),
    };
    const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
    if (Attributes.length > 0) call('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes });
    const instances = this.#all('instance').filter((each) => each.vpcId === VpcId);
    for (const { instance: at, health } of seed.targets) {
      const instance = pick(instances, at);
      const port = this.#machinePorts().find((each) => each.attachment?.instanceId === instance?.id);
      const address = (seed.isIpv6 ? port?.ipv6Addresses : port?.addresses)?.[0];
      const Id = TargetType === 'instance' ? instance?.id : address;
      if (Id === undefined) continue;
      call('RegisterTargets', { TargetGroupArn, Targets: [{ Id }] });
      const reason = health === 'unhealthy' ? 'Target.FailedHealthChecks' : null;
      if (health !== 'initial')
        this.#root.facts.targets.set(targetId(TargetGroupArn, Id, Port), { state: health, reason } as never);
    }
    const DefaultActions = [{ Type: 'forward', TargetGroupArn }];
    call('CreateListener', { LoadBalancerArn, Protocol, Port: seed.port, DefaultActions });
  }

  #peer(peer: StepOf<'rule'>['peer'], group: ResourceOf<'securityGroup'>): object | undefined {
    switch (peer.kind) {
      case 'group': {
        // Of another VPC: known where a peering connection leads there.
        const named = pick(this.#all('securityGroup'), peer.group ?? 0);
        return { UserIdGroupPairs: [{ GroupId: named?.id, UserId: named?.account }] };
      }
      case 'address': {
        const port = pick(this.#all('networkInterface'), peer.port ?? 0);
        return port && { IpRanges: [{ CidrIp: `${port.addresses[0]}/32` }] };
      }
      case 'block':
        return peer.block?.includes(':')
          ? { Ipv6Ranges: [{ CidrIpv6: peer.block }] }
          : { IpRanges: [{ CidrIp: peer.block }] };
      default: {
        const name = `com.amazonaws.${REGION}.${peer.list}`;
        const lists = this.#for(group)('DescribeManagedPrefixLists', {}).PrefixLists as Record<string, string>[];
        const list = lists.find(({ PrefixListName }) => PrefixListName === name);
        return { PrefixListIds: [{ PrefixListId: list?.PrefixListId }] };
      }
    }
  }

  #routeTarget(call: Call, vpcId: string, target: string, at: number): object | undefined {
    if (target === 'peering') {
      const own = this.#all('vpcPeering').filter((each) => [each.requester.vpcId, each.accepter.vpcId].includes(vpcId));
      const peering = pick(own, at);
      return peering && { VpcPeeringConnectionId: peering.id };
    }
    if (target === 'natGateway') {
      const gateway = pick(
        this.#all('natGateway').filter((each) => each.vpcId === vpcId),
        at,
      );
      return gateway && { NatGatewayId: gateway.id };
    }
    if (target === 'transitGateway') {
      const attached = pick(
        this.#all('transitAttachment').filter((each) => each.target.kind === 'vpc' && each.target.vpcId === vpcId),
        at,
      );
      return attached && { TransitGatewayId: attached.transitGatewayId };
    }
    if (target === 'interface') {
      const port = pick(
        this.#machinePorts().filter((each) => each.vpcId === vpcId),
        at,
      );
      return port && { NetworkInterfaceId: port.id };
    }
    if (target === 'internetGateway') {
      const gateway = this.#of('internetGateway', vpcId)[0];
      return gateway && { GatewayId: gateway.id };
    }
    const made = call('CreateEgressOnlyInternetGateway', { VpcId: vpcId });
    return { EgressOnlyInternetGatewayId: id(made, 'EgressOnlyInternetGateway', 'EgressOnlyInternetGatewayId') };
  }

  #machinePorts(): readonly ResourceOf<'networkInterface'>[] {
    return this.#all('networkInterface').filter(({ type }) => type === 'interface');
  }

  /** The first, the last or all. */
  #subnetsOf(vpcId: string, which: number): readonly string[] {
    const all = this.#of('subnet', vpcId).map((each) => each.id);
    return which % 3 === 0 ? all : which % 3 === 1 ? all.slice(0, 1) : all.slice(-1);
  }

  /** One without IPv4, made where there is none. */
  #subnetOfIpv6(vpc: ResourceOf<'vpc'>): string {
    const own = this.#of('subnet', vpc.id);
    const there = own.find(({ cidr }) => cidr === null);
    const [block = ''] = vpc.ipv6Cidrs;
    if (there !== undefined) return there.id;
    const Ipv6CidrBlock = `${cidrAddress({ ...cidrOf(block), prefix: 56 }, 6n << 64n)}/64`;
    const wish = { VpcId: vpc.id, Ipv6CidrBlock, Ipv6Native: true, AvailabilityZone: `${REGION}a` };
    return id(this.#for(vpc)('CreateSubnet', wish), 'Subnet', 'SubnetId');
  }

  #all<K extends Kind>(kind: K): readonly ResourceOf<K>[] {
    return [...this.#root.intent.table(kind).all()].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  #of<K extends 'subnet' | 'securityGroup' | 'routeTable' | 'internetGateway'>(
    kind: K,
    vpcId: string,
  ): readonly ResourceOf<K>[] {
    return this.#all(kind).filter((each) => (each as ResourceOf<'subnet'>).vpcId === vpcId);
  }

  #for({ account }: { readonly account: string }): Call {
    return this.#as(account);
  }

  #as(account: string): Call {
    const h = this.#root.as(account);
    return (operation, input) => {
      try {
        return h.call(operation, input) as Record<string, unknown>;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.refusals.push(`${operation} ${error.code} ${error.message}`);
        return {};
      }
    };
  }
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[at % Math.max(list.length, 1)];
}

/** What the reply has there, through lists' first; '' where the call was refused. */
function id(reply: unknown, ...path: readonly string[]): string {
  let found = reply;
  for (const name of path) {
    found = (found as Record<string, unknown> | undefined)?.[name];
    if (Array.isArray(found)) found = found[0];
  }
  return typeof found === 'string' ? found : '';
}

function blockOf(block: string): object {
  return block.includes(':') ? { Ipv6CidrBlock: block } : { CidrBlock: block };
}

function traffic(protocol: string, { from, to }: { readonly from: number; readonly to: number }): object {
  if (protocol === '-1') return { IpProtocol: '-1' };
  if (protocol === 'icmp') return { IpProtocol: 'icmp', FromPort: -1, ToPort: -1 };
  return { IpProtocol: protocol, FromPort: from, ToPort: to };
}
