/** What stories build again and again: networks of private subnets, instances that are waited for. */
import * as EC2 from '@aws-sdk/client-ec2';
import type { Actor, At, Stage } from '../stage.ts';

/** What AWS always answers, though its types say that it may be absent. */
export function id(value: string | undefined): string {
  if (value === undefined || value === '') throw new Error('the answer lacks what it must have');
  return value;
}

/** What a step had to make for those after it. */
export function made<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the step has not made it');
  return value;
}

export interface PrivateNetwork {
  readonly vpc: string;
  readonly block: string;
  /** One in each of the zones asked for, in their order. */
  readonly subnets: readonly string[];
  readonly table: string;
  readonly group: string;
}

/**
 * A VPC with DNS on, a private subnet in each zone (zone ids: names mean another zone in another account), and a group that
 * lets `port` in from the VPC's own block.
 */
export async function privateNetwork(
  stage: Stage,
  actor: Actor,
  name: string,
  block: string,
  zoneIds: readonly string[],
  port: number,
): Promise<PrivateNetwork> {
  const ec2 = new EC2.EC2(actor.sdk);
  const { Vpc } = await actor.aws<EC2.CreateVpcResult>(
    ['ec2', 'create-vpc', '--cidr-block', block, ...tagged('vpc', name)],
    ({ Vpc }) => `${Vpc?.VpcId} ${name}`,
  );
  const vpc = id(Vpc?.VpcId);
  return await stage.js(
    `ec2.modifyVpcAttribute({ … }), ec2.createSubnet({ … }) × ${zoneIds.length}, ec2.createSecurityGroup({ … }) …`,
    async () => {
      await ec2.modifyVpcAttribute({ VpcId: vpc, EnableDnsHostnames: { Value: true } });
      const table = id((await ec2.createRouteTable({ VpcId: vpc })).RouteTable?.RouteTableId);
      const subnets: string[] = [];
      const [first = 0, second = 0] = block.split('.').map(Number);
      for (const [at, AvailabilityZoneId] of zoneIds.entries()) {
        const CidrBlock = `${first}.${second}.${10 + at}.0/24`;
        const { Subnet } = await ec2.createSubnet({ VpcId: vpc, CidrBlock, AvailabilityZoneId });
        subnets.push(id(Subnet?.SubnetId));
        await ec2.associateRouteTable({ RouteTableId: table, SubnetId: id(Subnet?.SubnetId) });
      }
      const { GroupId } = await ec2.createSecurityGroup({ VpcId: vpc, GroupName: name, Description: name });
      await ec2.authorizeSecurityGroupIngress({
        GroupId: id(GroupId),
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: block }] }],
      });
      return { vpc, block, subnets, table, group: id(GroupId) };
    },
    ({ subnets }) => `${subnets.join(' and ')}: the local route only`,
  );
}

export async function deleteNetwork(stage: Stage, actor: Actor, network: PrivateNetwork): Promise<void> {
  const ec2 = new EC2.EC2(actor.sdk);
  await stage.js(`ec2.deleteSubnet({ … }) …, ec2.deleteVpc({ ${network.vpc} })`, async () => {
    for (const SubnetId of network.subnets) await ec2.deleteSubnet({ SubnetId });
    await ec2.deleteRouteTable({ RouteTableId: network.table });
    await ec2.deleteSecurityGroup({ GroupId: network.group });
    await ec2.deleteVpc({ VpcId: network.vpc });
  });
}

/** An instance in the network's first subnet and in its group. */
export async function launch(
  stage: Stage,
  actor: Actor,
  name: string,
  { subnets, group }: PrivateNetwork,
  more: Partial<EC2.RunInstancesCommandInput>,
): Promise<At> {
  const ec2 = new EC2.EC2(actor.sdk);
  return stage.js(
    `ec2.runInstances({ ${name} })`,
    async () => {
      const { Instances } = await ec2.runInstances({
        ImageId: (await ec2.describeImages({ Owners: ['amazon'] })).Images?.[0]?.ImageId,
        ...{ InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, SubnetId: id(subnets[0]), SecurityGroupIds: [group] },
        ...more,
      });
      return { name, id: id(Instances?.[0]?.InstanceId) };
    },
    (at) => at.id,
  );
}

/** Until all are running and have booted. */
export async function untilReady(stage: Stage, actor: Actor, machines: readonly At[]): Promise<void> {
  const ec2 = new EC2.EC2(actor.sdk);
  const ids = machines.map((machine) => machine.id);
  await stage.until(
    'ec2.describeInstanceStatus({ … }) until running and reachable',
    async () => {
      const { InstanceStatuses = [] } = await ec2.describeInstanceStatus({ InstanceIds: ids });
      const ready = InstanceStatuses.filter(
        ({ InstanceState, InstanceStatus }) => InstanceState?.Name === 'running' && InstanceStatus?.Status === 'ok',
      );
      return ready.length === ids.length ? ready : undefined;
    },
    () => 'running, status ok',
    60_000,
  );
}

export async function terminate(stage: Stage, actor: Actor, machines: readonly At[]): Promise<void> {
  const ec2 = new EC2.EC2(actor.sdk);
  const ids = machines.map((machine) => machine.id);
  await stage.js(`ec2.terminateInstances({ ${machines.map(({ name }) => name).join(', ')} })`, () =>
    ec2.terminateInstances({ InstanceIds: ids }),
  );
  await stage.until(
    'ec2.describeInstances({ … }) until terminated',
    async () => {
      const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: ids });
      const states = Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
      return states.every((state) => state === 'terminated') ? states : undefined;
    },
    () => 'terminated',
    60_000,
  );
}

export function tagged(type: string, name: string): string[] {
  return ['--tag-specifications', `ResourceType=${type},Tags=[{Key=Name,Value=${name}}]`];
}
