/**
 * For kernel tests: a provider with a service behind a network load balancer, and consumers in accounts of their own that
 * have the very same addresses.
 */
import * as EC2 from '@aws-sdk/client-ec2';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import { type TestCulvert, until } from './culvert.ts';

export const BLOCK = '10.0.0.0/16';
const ZONE = 'aps1-az1';

/** An account with one VPC of one private subnet, and a machine in it. */
export interface Site {
  readonly account: string;
  readonly sdk: ReturnType<TestCulvert['sdk']>;
  readonly ec2: EC2.EC2;
  readonly vpc: string;
  readonly subnet: string;
  /** Lets everything in from the VPC's own block. */
  readonly group: string;
  readonly machine: string;
  /** Of the machine. */
  readonly address: string;
  readonly netns: string;
}

export async function makeSite(culvert: TestCulvert, account: string, address: string): Promise<Site> {
  // A 12-digit access key acts as that account's root.
  const sdk = { ...culvert.sdk(), credentials: { accessKeyId: account, secretAccessKey: 'any' } };
  const ec2 = new EC2.EC2(sdk);
  const vpc = given((await ec2.createVpc({ CidrBlock: BLOCK })).Vpc?.VpcId);
  await ec2.modifyVpcAttribute({ VpcId: vpc, EnableDnsHostnames: { Value: true } });
  const { Subnet } = await ec2.createSubnet({ VpcId: vpc, CidrBlock: '10.0.10.0/24', AvailabilityZoneId: ZONE });
  const group = await makeGroup(ec2, vpc, 'inside', BLOCK);
  const subnet = given(Subnet?.SubnetId);
  return addMachine(culvert, { account, sdk, ec2, vpc, subnet, group }, address);
}

/** A machine more in the same subnet; the same site as seen from there. */
export async function addMachine(
  culvert: TestCulvert,
  place: Pick<Site, 'account' | 'sdk' | 'ec2' | 'vpc' | 'subnet' | 'group'>,
  address: string,
): Promise<Site> {
  const { ec2, subnet, group } = place;
  const { Images } = await ec2.describeImages({ Owners: ['amazon'] });
  const { Instances } = await ec2.runInstances({
    ImageId: given(Images?.[0]?.ImageId),
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet,
    PrivateIpAddress: address,
    SecurityGroupIds: [group],
  });
  const machine = given(Instances?.[0]?.InstanceId);
  await until(`${machine} runs`, async () => {
    const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: [machine] });
    return Reservations[0]?.Instances?.[0]?.State?.Name === 'running' ? true : undefined;
  });
  return { ...place, machine, address, netns: culvert.paths.netnsOf(machine) };
}

export async function makeGroup(ec2: EC2.EC2, VpcId: string, GroupName: string, from: string): Promise<string> {
  const group = given((await ec2.createSecurityGroup({ VpcId, GroupName, Description: GroupName })).GroupId);
  await ec2.authorizeSecurityGroupIngress({ GroupId: group, IpPermissions: [everythingFrom(from)] });
  return group;
}

export function everythingFrom(CidrIp: string): EC2.IpPermission {
  return { IpProtocol: '-1', IpRanges: [{ CidrIp }] };
}

/** A load balancer in the site's subnet with groups; it judges nothing that comes through endpoints yet. */
export async function makeBalancer(site: Site, group: string): Promise<string> {
  const elb = new ELB.ElasticLoadBalancingV2(site.sdk);
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: 'front',
    Type: 'network',
    Scheme: 'internal',
    Subnets: [site.subnet],
    SecurityGroups: [group],
  });
  const arn = given(LoadBalancers?.[0]?.LoadBalancerArn);
  await elb.setSecurityGroups({
    LoadBalancerArn: arn,
    SecurityGroups: [group],
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
  });
  return arn;
}

/** A target group with the site's machine, and a listener that forwards to it. */
export async function makeListener(
  site: Site,
  balancer: string,
  name: string,
  wish: Pick<ELB.CreateListenerInput, 'Protocol' | 'Port' | 'Certificates'> & { readonly targetPort: number },
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const elb = new ELB.ElasticLoadBalancingV2(site.sdk);
  const { TargetGroups } = await elb.createTargetGroup({
    Name: name,
    Protocol: 'TCP',
    Port: wish.targetPort,
    VpcId: site.vpc,
    TargetType: 'instance',
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 2,
    HealthyThresholdCount: 2,
  });
  const arn = given(TargetGroups?.[0]?.TargetGroupArn);
  const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
  if (Attributes.length > 0) await elb.modifyTargetGroupAttributes({ TargetGroupArn: arn, Attributes });
  await elb.registerTargets({ TargetGroupArn: arn, Targets: [{ Id: site.machine }] });
  const { targetPort: _, ...rest } = wish;
  await elb.createListener({
    ...rest,
    LoadBalancerArn: balancer,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: arn }],
  });
  return arn;
}

export async function untilHealthy(site: Site, targetGroup: string): Promise<void> {
  const elb = new ELB.ElasticLoadBalancingV2(site.sdk);
  await until(`${targetGroup} is healthy`, async () => {
    const { TargetHealthDescriptions: [found] = [] } = await elb.describeTargetHealth({ TargetGroupArn: targetGroup });
    return found?.TargetHealth?.State === 'healthy' ? true : undefined;
  });
}

export interface Endpoint {
  readonly id: string;
  readonly address: string;
  /** The regional name. */
  readonly name: string;
}

export async function makeEndpoint(
  site: Site,
  service: string,
  wish: Partial<EC2.CreateVpcEndpointRequest> = {},
): Promise<Endpoint> {
  const { VpcEndpoint } = await site.ec2.createVpcEndpoint({
    VpcEndpointType: 'Interface',
    VpcId: site.vpc,
    ServiceName: service,
    SubnetIds: [site.subnet],
    SecurityGroupIds: [site.group],
    ...wish,
  });
  const { NetworkInterfaces } = await site.ec2.describeNetworkInterfaces({
    NetworkInterfaceIds: VpcEndpoint?.NetworkInterfaceIds ?? [],
  });
  return {
    id: given(VpcEndpoint?.VpcEndpointId),
    address: given(NetworkInterfaces?.[0]?.PrivateIpAddress),
    name: given(VpcEndpoint?.DnsEntries?.[0]?.DnsName),
  };
}

export async function untilState(site: Site, endpoint: Endpoint, state: string): Promise<void> {
  await until(`${endpoint.id} is ${state}`, async () => {
    const { VpcEndpoints } = await site.ec2.describeVpcEndpoints({ VpcEndpointIds: [endpoint.id] });
    return VpcEndpoints?.[0]?.State === state ? true : undefined;
  });
}

/** What AWS always answers, though its types say that it may be absent. */
export function given(value: string | undefined): string {
  if (value === undefined || value === '') throw new Error('the answer lacks what it must have');
  return value;
}
