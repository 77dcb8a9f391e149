/** A web server in a VPC, offered as an endpoint service, and the ways to it: what stories about ways to a service begin with. */
import * as EC2 from '@aws-sdk/client-ec2';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Actor, At, Stage } from '../stage.ts';
import { id, type PrivateNetwork, privateNetwork } from './lab.ts';

export interface Place {
  readonly actor: Actor;
  readonly network: PrivateNetwork;
  readonly machine: At;
  readonly address: string;
}

export interface Service {
  readonly id: string;
  readonly name: string;
  readonly balancer: string;
  readonly group: string;
}

export async function place(
  stage: Stage,
  actor: Actor,
  name: string,
  block: string,
  zones: readonly string[],
  /** The machine's; AWS chooses one where none is given. */
  address?: string,
): Promise<Place> {
  const ec2 = new EC2.EC2(actor.sdk);
  const network = await privateNetwork(stage, actor, name, block, zones, 80);
  return await stage.js(
    'ec2.authorizeSecurityGroupIngress({ everything }), ec2.runInstances({ … })',
    async () => {
      const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
      await ec2.authorizeSecurityGroupIngress({ GroupId: network.group, IpPermissions });
      const { Images } = await ec2.describeImages({ Owners: ['amazon'] });
      const { Instances } = await ec2.runInstances({
        ...{ ImageId: id(Images?.[0]?.ImageId), InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 },
        ...{ SubnetId: id(network.subnets[0]), SecurityGroupIds: [network.group] },
        ...(address !== undefined && { PrivateIpAddress: address }),
      });
      const machine = { name, id: id(Instances?.[0]?.InstanceId) };
      return { actor, network, machine, address: id(Instances?.[0]?.PrivateIpAddress) };
    },
    ({ machine, address }) => `${machine.id} ${address}`,
  );
}

export async function offer(stage: Stage, { actor, network, machine }: Place): Promise<Service> {
  const ec2 = new EC2.EC2(actor.sdk);
  const elb = new ELB.ElasticLoadBalancingV2(actor.sdk);
  const [balancer, group] = await stage.js(
    'elbv2.createLoadBalancer({ … }), elbv2.createTargetGroup({ … }), elbv2.registerTargets({ web }), elbv2.createListener({ TCP 80 })',
    async () => {
      const { LoadBalancers } = await elb.createLoadBalancer({
        ...{ Name: 'web', Type: 'network', Scheme: 'internal', Subnets: [...network.subnets] },
      });
      const LoadBalancerArn = id(LoadBalancers?.[0]?.LoadBalancerArn);
      const { TargetGroups } = await elb.createTargetGroup({
        ...{ Name: 'web', Protocol: 'TCP', Port: 80, VpcId: network.vpc, TargetType: 'instance' },
        ...{ HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2 },
        ...{ HealthyThresholdCount: 2, UnhealthyThresholdCount: 2 },
      });
      const TargetGroupArn = id(TargetGroups?.[0]?.TargetGroupArn);
      await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: machine.id }] });
      const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
      await elb.createListener({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions });
      return [LoadBalancerArn, TargetGroupArn] as const;
    },
  );
  await stage.until(
    'elbv2.describeTargetHealth({ … }) until it is healthy',
    async () => {
      const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn: group });
      return TargetHealthDescriptions.find(({ TargetHealth }) => TargetHealth?.State === 'healthy');
    },
    () => 'healthy',
    60_000,
  );
  const { ServiceConfiguration } = await stage.aws<EC2.CreateVpcEndpointServiceConfigurationResult>(
    [
      ...['ec2', 'create-vpc-endpoint-service-configuration', '--no-acceptance-required'],
      ...['--network-load-balancer-arns', balancer],
    ],
    (output) => output.ServiceConfiguration?.ServiceName ?? '',
  );
  const ServiceId = id(ServiceConfiguration?.ServiceId);
  await stage.js('ec2.modifyVpcEndpointServicePermissions({ AddAllowedPrincipals: ["*"] })', () =>
    ec2.modifyVpcEndpointServicePermissions({ ServiceId, AddAllowedPrincipals: ['*'] }),
  );
  return { id: ServiceId, name: id(ServiceConfiguration?.ServiceName), balancer, group };
}

/** An endpoint's own name, once the kernel has it. */
export async function endpointIn(stage: Stage, { actor, network }: Place, service: string): Promise<string> {
  const ec2 = new EC2.EC2(actor.sdk);
  const { VpcEndpoint } = await actor.aws<EC2.CreateVpcEndpointResult>(
    [
      ...['ec2', 'create-vpc-endpoint', '--vpc-endpoint-type', 'Interface', '--vpc-id', network.vpc],
      ...['--service-name', service, '--subnet-ids', ...network.subnets, '--security-group-ids', network.group],
    ],
    (output) => `${output.VpcEndpoint?.VpcEndpointId} ${output.VpcEndpoint?.State}`,
  );
  const found = await stage.until(
    'ec2.describeVpcEndpoints({ … }) until it is available',
    async () => {
      const VpcEndpointIds = [id(VpcEndpoint?.VpcEndpointId)];
      const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({ VpcEndpointIds });
      return VpcEndpoints.find(({ State }) => State?.toLowerCase() === 'available');
    },
    ({ State }) => `${State}`,
    60_000,
  );
  return id(found.DnsEntries?.[0]?.DnsName);
}

/** Joined, with a route on each side. The id. */
export async function peer(stage: Stage, one: Place, other: Place, owner: string): Promise<string> {
  const { VpcPeeringConnection } = await one.actor.aws<EC2.CreateVpcPeeringConnectionResult>(
    [
      ...['ec2', 'create-vpc-peering-connection', '--vpc-id', one.network.vpc],
      ...['--peer-vpc-id', other.network.vpc, '--peer-owner-id', owner],
    ],
    (output) => output.VpcPeeringConnection?.VpcPeeringConnectionId ?? '',
  );
  const VpcPeeringConnectionId = id(VpcPeeringConnection?.VpcPeeringConnectionId);
  const [here, there] = [one.network.block, other.network.block];
  await stage.js(
    'ec2.acceptVpcPeeringConnection({ … }), ec2.createRoute({ … }) on both sides',
    async () => {
      await new EC2.EC2(other.actor.sdk).acceptVpcPeeringConnection({ VpcPeeringConnectionId });
      await route(one, there, VpcPeeringConnectionId);
      await route(other, here, VpcPeeringConnectionId);
    },
    () => `from ${one.machine.name} to ${there}, from ${other.machine.name} to ${here}, by the connection`,
  );
  return VpcPeeringConnectionId;
}

export async function route({ actor, network }: Place, block: string, VpcPeeringConnectionId: string): Promise<void> {
  const to = { DestinationCidrBlock: block, VpcPeeringConnectionId };
  await new EC2.EC2(actor.sdk).createRoute({ RouteTableId: network.table, ...to });
}
