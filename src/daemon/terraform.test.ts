/**
 * How Terraform's AWS provider (5.100) says things where other clients say them otherwise, by the SDK: what it sends for what is
 * left open, by which filters it reads back what it made, and what it must find there. Which operations it asks for at all:
 * test/terraform.test.ts.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 as ELB } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { type MachineFact, NO_FACTS } from '../model/facts.ts';
import { baseImageOf } from '../model/images.ts';
import { DEFAULTS } from './settings.ts';
import { apiFolder, balancerIn, startApi } from './test-api.ts';

const machines = new Map<string, MachineFact>();
const facts = { ...NO_FACTS, appliedRevision: -1, machines };
const api = await startApi(apiFolder(), 'terraform', { auth: 'strict', facts });
const ec2 = new EC2(api.rootClient);
const elb = new ELB(api.rootClient);
after(() => {
  ec2.destroy();
  elb.destroy();
});
const settle = () => {
  facts.appliedRevision = api.store.intent.revision;
};

const filter = (filters: Record<string, string>) => ({
  Filters: Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] })),
});

const VpcId = (await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId ?? '';
const SubnetId = (await ec2.createSubnet({ VpcId, CidrBlock: '10.0.0.0/24' })).Subnet?.SubnetId ?? '';
settle();

test('who am I, and where', async () => {
  const { Account, Arn } = await new STS(api.rootClient).getCallerIdentity({});
  assert.deepEqual([Account, Arn], [DEFAULTS.defaultAccount, `arn:aws:iam::${DEFAULTS.defaultAccount}:root`]);
  const { AvailabilityZones } = await ec2.describeAvailabilityZones(filter({ state: 'available' }));
  assert.equal(AvailabilityZones?.length, 3);
  assert.ok(AvailabilityZones.every(({ OptInStatus, ZoneType }) => OptInStatus === 'opt-in-not-required' && ZoneType));
});

test('a VPC: its attributes, and what came with it, by filters', async () => {
  const attribute = async (Attribute: 'enableDnsHostnames' | 'enableDnsSupport' | 'enableNetworkAddressUsageMetrics') =>
    Object.values(await ec2.describeVpcAttribute({ VpcId, Attribute })).find(
      (each) => typeof each?.Value === 'boolean',
    );
  assert.deepEqual(await attribute('enableDnsSupport'), { Value: true });
  assert.deepEqual(await attribute('enableDnsHostnames'), { Value: false });
  assert.deepEqual(await attribute('enableNetworkAddressUsageMetrics'), { Value: false });

  const acls = await ec2.describeNetworkAcls(filter({ default: 'true', 'vpc-id': VpcId }));
  const groups = await ec2.describeSecurityGroups(filter({ 'group-name': 'default', 'vpc-id': VpcId }));
  const tables = await ec2.describeRouteTables(filter({ 'association.main': 'true', 'vpc-id': VpcId }));
  for (const found of [acls.NetworkAcls, groups.SecurityGroups, tables.RouteTables]) assert.equal(found?.length, 1);

  const more = await ec2.associateVpcCidrBlock({ VpcId, CidrBlock: '10.9.0.0/16' });
  const AssociationId = more.CidrBlockAssociation?.AssociationId ?? '';
  const { Vpcs } = await ec2.describeVpcs(filter({ 'cidr-block-association.association-id': AssociationId }));
  assert.deepEqual(
    Vpcs?.map((vpc) => vpc.VpcId),
    [VpcId],
  );
});

test('a group that is its own alone: the first rule out goes, with ports that "all" does not have', async () => {
  const { GroupId = '' } = await ec2.createSecurityGroup({
    VpcId,
    GroupName: 'g',
    Description: 'Managed by Terraform',
  });
  const all = { IpProtocol: '-1', FromPort: 0, ToPort: 0 };
  await ec2.revokeSecurityGroupEgress({ GroupId, IpPermissions: [{ ...all, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] });
  // As often as the VPC might have IPv6; this code is what the provider takes for "there was none".
  await assert.rejects(
    ec2.revokeSecurityGroupEgress({ GroupId, IpPermissions: [{ ...all, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }] }),
    { name: 'InvalidPermission.NotFound' },
  );
  const { SecurityGroupRules } = await ec2.describeSecurityGroupRules(filter({ 'group-id': GroupId }));
  assert.deepEqual(SecurityGroupRules, []);
  // What is in the way of a group's deletion is looked for by it.
  assert.deepEqual((await ec2.describeNetworkInterfaces(filter({ 'group-id': GroupId }))).NetworkInterfaces, []);
  await ec2.deleteSecurityGroup({ GroupId });
  await assert.rejects(ec2.describeSecurityGroups({ GroupIds: [GroupId] }), { name: 'InvalidGroup.NotFound' });
});

test('an instance: empty texts for what is left open, and each attribute asked for by itself', async () => {
  const { Instances } = await ec2.runInstances({
    ...{ ImageId: baseImageOf('ap-south-1')?.id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, SubnetId },
    ...{ DisableApiTermination: false, EbsOptimized: false, Monitoring: { Enabled: false } },
    CreditSpecification: { CpuCredits: 'unlimited' },
    HibernationOptions: { Configured: false },
    Placement: { AvailabilityZone: '', GroupName: '', Tenancy: 'default' },
    // Its default tags are for all that is made.
    TagSpecifications: (['instance', 'network-interface', 'volume'] as const).map((ResourceType) => ({
      ...{ ResourceType, Tags: [{ Key: 'Team', Value: 'net' }] },
    })),
  });
  const InstanceId = Instances?.[0]?.InstanceId ?? '';
  machines.set(InstanceId, { state: 'running', boots: 1, fault: null });
  const attribute = async (
    Attribute: 'disableApiStop' | 'disableApiTermination' | 'instanceInitiatedShutdownBehavior',
  ) => ec2.describeInstanceAttribute({ InstanceId, Attribute });
  assert.deepEqual((await attribute('disableApiStop')).DisableApiStop, { Value: false });
  assert.deepEqual((await attribute('disableApiTermination')).DisableApiTermination, { Value: false });
  const behavior = await attribute('instanceInitiatedShutdownBehavior');
  assert.deepEqual(behavior.InstanceInitiatedShutdownBehavior, { Value: 'stop' });
  const credits = await ec2.describeInstanceCreditSpecifications({ InstanceIds: [InstanceId] });
  assert.equal(credits.InstanceCreditSpecifications?.[0]?.CpuCredits, 'unlimited');
  const [type] = (await ec2.describeInstanceTypes({ InstanceTypes: ['t3.micro'] })).InstanceTypes ?? [];
  for (const part of ['EbsInfo', 'NetworkInfo', 'PlacementGroupInfo', 'ProcessorInfo', 'VCpuInfo'] as const) {
    assert.ok(type?.[part], part);
  }
  const template = filter({ 'resource-id': InstanceId, key: 'aws:ec2launchtemplate:id' });
  assert.deepEqual((await ec2.describeTags(template)).Tags, []);
});

test('gateways that are gone are told by codes that mean it', async () => {
  const made = await ec2.createVpnGateway({ Type: 'ipsec.1', AvailabilityZone: '' });
  assert.ok(made.VpnGateway?.VpnGatewayId);
  const table = (await ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId ?? '';
  const { AssociationId = '' } = await ec2.associateRouteTable({ RouteTableId: table, SubnetId });
  const by = filter({ 'association.route-table-association-id': AssociationId });
  assert.equal((await ec2.describeRouteTables(by)).RouteTables?.length, 1);
  await ec2.disassociateRouteTable({ AssociationId });
  assert.deepEqual((await ec2.describeRouteTables(by)).RouteTables, []);
  const gone: readonly (readonly [string, Promise<unknown>])[] = [
    ['InvalidVpcID.NotFound', ec2.describeVpcs({ VpcIds: ['vpc-0123456789abcdef0'] })],
    ['InvalidSubnetID.NotFound', ec2.describeSubnets({ SubnetIds: ['subnet-0123456789abcdef0'] })],
    ['InvalidRouteTableID.NotFound', ec2.describeRouteTables({ RouteTableIds: ['rtb-0123456789abcdef0'] })],
    ['InvalidNetworkAclID.NotFound', ec2.describeNetworkAcls({ NetworkAclIds: ['acl-0123456789abcdef0'] })],
    [
      'InvalidInternetGatewayID.NotFound',
      ec2.describeInternetGateways({ InternetGatewayIds: ['igw-0123456789abcdef0'] }),
    ],
    ['InvalidAllocationID.NotFound', ec2.describeAddresses({ AllocationIds: ['eipalloc-0123456789abcdef0'] })],
    ['InvalidVpcEndpointId.NotFound', ec2.describeVpcEndpoints({ VpcEndpointIds: ['vpce-0123456789abcdef0'] })],
    [
      'InvalidVpcEndpointServiceId.NotFound',
      ec2.describeVpcEndpointServiceConfigurations({ ServiceIds: ['vpce-svc-0123456789abcdef0'] }),
    ],
    ['InvalidTransitGatewayID.NotFound', ec2.describeTransitGateways({ TransitGatewayIds: ['tgw-0123456789abcdef0'] })],
    ['LoadBalancerNotFoundException', elb.describeLoadBalancers({ LoadBalancerArns: [arn('loadbalancer/net/x')] })],
    ['TargetGroupNotFoundException', elb.describeTargetGroups({ TargetGroupArns: [arn('targetgroup/x')] })],
    [
      'ListenerNotFoundException',
      elb.describeListeners({ ListenerArns: [`${arn('listener/net/x')}/0123456789abcdef`] }),
    ],
    ['NoSuchEntityException', new IAM(api.rootClient).getRole({ RoleName: 'nobody' })],
  ];
  for (const [name, call] of gone) await assert.rejects(call, { name });
});

const arn = (what: string) =>
  `arn:aws:elasticloadbalancing:ap-south-1:${DEFAULTS.defaultAccount}:${what}/0123456789abcdef`;

test('a load balancer and its service: read whole after each step, interfaces by whose they are', async () => {
  const LoadBalancerArn = await balancerIn(elb, SubnetId);
  settle();
  const { Attributes } = await elb.describeLoadBalancerAttributes({ LoadBalancerArn });
  assert.ok(Attributes?.some(({ Key }) => Key === 'dns_record.client_routing_policy'));
  assert.deepEqual(
    (await elb.describeCapacityReservation({ LoadBalancerArn })).MinimumLoadBalancerCapacity?.CapacityUnits ?? 0,
    0,
  );
  const own = {
    'attachment.instance-owner-id': 'amazon-aws',
    description: `ELB ${LoadBalancerArn.split('loadbalancer/')[1]}`,
  };
  assert.equal((await ec2.describeNetworkInterfaces(filter(own))).NetworkInterfaces?.length, 1);
  const group = await elb.createTargetGroup({
    Name: 'web',
    Protocol: 'TCP',
    Port: 80,
    VpcId,
    HealthCheckPort: 'traffic-port',
  });
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? '';
  assert.equal(group.TargetGroups?.[0]?.HealthCheckPort, 'traffic-port');
  assert.ok(((await elb.describeTargetGroupAttributes({ TargetGroupArn })).Attributes?.length ?? 0) > 5);
  const { Listeners } = await elb.createListener({
    ...{ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn }] },
  });
  // Read back, this is as its forward block was written; else each plan would change it.
  assert.deepEqual(Listeners?.[0]?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups, [{ TargetGroupArn, Weight: 1 }]);
  const ListenerArn = Listeners?.[0]?.ListenerArn ?? '';
  assert.deepEqual((await elb.describeListenerAttributes({ ListenerArn })).Attributes, [
    { Key: 'tcp.idle_timeout.seconds', Value: '350' },
  ]);
  const { TagDescriptions } = await elb.describeTags({ ResourceArns: [ListenerArn] });
  assert.deepEqual(TagDescriptions?.[0]?.Tags, []);

  const { ServiceConfiguration: service } = await ec2.createVpcEndpointServiceConfiguration({
    NetworkLoadBalancerArns: [LoadBalancerArn],
    AcceptanceRequired: true,
  });
  const ServiceId = service?.ServiceId ?? '';
  assert.deepEqual((await ec2.describeVpcEndpointServicePermissions({ ServiceId })).AllowedPrincipals, []);
  const { VpcEndpoint } = await ec2.createVpcEndpoint({
    ...{ VpcId, VpcEndpointType: 'Interface', ServiceName: service?.ServiceName, SubnetIds: [SubnetId] },
  });
  const waiting = await ec2.describeVpcEndpointConnections(filter({ 'service-id': ServiceId }));
  assert.deepEqual(
    waiting.VpcEndpointConnections?.map((each) => [each.VpcEndpointId, each.VpcEndpointState]),
    [[VpcEndpoint?.VpcEndpointId, 'pendingAcceptance']],
  );
  // With each interface endpoint it asks for the service's prefix list, which only gateway endpoints have.
  const lists = await ec2.describePrefixLists(filter({ 'prefix-list-name': service?.ServiceName ?? '' }));
  assert.deepEqual(lists.PrefixLists, []);
});
