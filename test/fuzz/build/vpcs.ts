/** VPCs with their subnets, gateways, groups and instances, before any step. */
import { ACCOUNT, REGION } from '../../../src/api/testing.ts';
import { baseImageOf } from '../../../src/model/images.ts';
import type { Kind } from '../../../src/model/resources.ts';
import type { StepOf, Topology } from '../steps.ts';
import { type Call, id, ipv6Subnet, type Owner, pick, type World } from './world.ts';

/** Of VPCs that are elsewhere. */
const FAR = 'eu-west-1';
/** Of a VPC's subnets. */
const ZONES = ['a', 'b'];
const OTHER_ACCOUNT = '444455556666';

export const OWNERS: readonly Owner[] = [ACCOUNT, OTHER_ACCOUNT].flatMap((account) =>
  [REGION, FAR].map((region) => ({ account, region })),
);

export const vpcSteps = { vpcBlock, subnetIpv6 };

/** The default VPC goes: its range is one of the random ones. */
export function clear(w: World, { account, region }: Owner): void {
  const call = w.as(account, region);
  call('DescribeVpcs', {});
  const own = <K extends Kind>(kind: K) =>
    w.all(kind).filter((each) => each.account === account && each.region === region);
  for (const { id, vpcId } of own('internetGateway')) {
    call('DetachInternetGateway', { InternetGatewayId: id, VpcId: vpcId });
    call('DeleteInternetGateway', { InternetGatewayId: id });
  }
  for (const { id } of own('subnet')) call('DeleteSubnet', { SubnetId: id });
  for (const { id } of own('vpc')) call('DeleteVpc', { VpcId: id });
}

export function makeVpc(w: World, seed: Topology['vpcs'][number], at: number): void {
  // Later than the first cases.
  const region = (seed.isFar ?? false) ? FAR : REGION;
  const call = w.as(seed.isOtherAccount ? OTHER_ACCOUNT : ACCOUNT, region);
  call('CreateVpc', { CidrBlock: `${seed.range}.0.0/16`, AmazonProvidedIpv6CidrBlock: seed.hasIpv6 });
  const vpc = w.all('vpc')[at];
  if (vpc === undefined) throw new Error('a VPC was refused');
  const VpcId = vpc.id;
  call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  const [block] = vpc.ipv6Cidrs;
  for (const [nth, zone] of ZONES.slice(0, seed.zones).entries()) {
    const ipv6 = block && { Ipv6CidrBlock: ipv6Subnet(block, nth) };
    call('CreateSubnet', {
      ...{ VpcId, CidrBlock: `${seed.range}.${nth}.0/24`, AvailabilityZone: `${region}${zone}` },
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
  for (const [nth, kind] of seed.groups.entries()) makeGroup(call, VpcId, `${kind}${nth}`, kind);
  const subnets = w.of('subnet', VpcId);
  const groups = w.of('securityGroup', VpcId);
  for (const { subnet: at, group, isPublic } of seed.instances) {
    const subnet = pick(subnets, at);
    launch(w, region, call, {
      ...{ SubnetId: subnet?.id, Groups: [pick(groups, group)?.id], AssociatePublicIpAddress: isPublic },
      ...(subnet?.ipv6Cidr != null && at % 3 !== 2 && { Ipv6AddressCount: 1, PrimaryIpv6: true }),
    });
  }
}

/** One instance with an interface like that, which runs. */
function launch(w: World, region: string, call: Call, wish: object): void {
  const made = call('RunInstances', {
    ...{ ImageId: baseImageOf(region)?.id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 },
    NetworkInterfaces: [{ DeviceIndex: 0, ...wish }],
  });
  const instance = id(made, 'Instances', 'InstanceId');
  if (instance !== '') w.root.facts.machines.set(instance, { state: 'running', boots: 1, fault: null });
}

/** One more block, with a subnet and an instance in it. */
function vpcBlock(w: World, { vpc: at, cidr: CidrBlock, group, isGone }: StepOf<'vpcBlock'>): void {
  const vpc = pick(w.all('vpc'), at);
  if (vpc === undefined) return;
  const call = w.for(vpc);
  const VpcId = vpc.id;
  const made = call('AssociateVpcCidrBlock', { VpcId, CidrBlock });
  w.settle();
  const subnet = { VpcId, CidrBlock: CidrBlock.replace('/16', '/24'), AvailabilityZone: `${vpc.region}a` };
  const SubnetId = id(call('CreateSubnet', subnet), 'Subnet', 'SubnetId');
  if (SubnetId === '') return;
  if (!isGone) {
    launch(w, vpc.region, call, { SubnetId, Groups: [pick(w.of('securityGroup', VpcId), group)?.id] });
    return;
  }
  call('DeleteSubnet', { SubnetId });
  call('DisassociateVpcCidrBlock', { AssociationId: id(made, 'CidrBlockAssociation', 'AssociationId') });
}

/** A block for one that has none, or none for one where nobody uses it. */
function subnetIpv6(w: World, { subnet: at, isGone }: StepOf<'subnetIpv6'>): void {
  const blocks = new Map(
    w.all('vpc').flatMap(({ id, ipv6Cidrs: [block] }) => (block === undefined ? [] : [[id, block]])),
  );
  const used = new Set(w.all('networkInterface').flatMap((each) => (each.ipv6Addresses[0] ? [each.subnetId] : [])));
  const able = w.all('subnet').filter((each) => (isGone ? !used.has(each.id) : each.ipv6Cidr === null));
  const subnet = pick(
    able.filter(({ vpcId, cidr }) => blocks.has(vpcId) && cidr !== null),
    at,
  );
  const block = blocks.get(subnet?.vpcId ?? '');
  if (subnet === undefined || block === undefined) return;
  const call = w.for(subnet);
  const SubnetId = subnet.id;
  if (!isGone) {
    call('AssociateSubnetCidrBlock', { SubnetId, Ipv6CidrBlock: ipv6Subnet(block, at) });
    return;
  }
  const told = call('DescribeSubnets', { SubnetIds: [SubnetId] });
  call('DisassociateSubnetCidrBlock', {
    AssociationId: id(told, 'Subnets', 'Ipv6CidrBlockAssociationSet', 'AssociationId'),
  });
}

function makeGroup(call: Call, VpcId: string, GroupName: string, kind: string): void {
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
