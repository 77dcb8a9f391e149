/**
 * The waiters that the SDKs and the AWS CLI have (`aws ec2 wait …`): each goes on while a resource is on its way, ends when it is
 * there, or gone, and fails where it cannot come. Those of operations that are not here are named.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as ACM from '@aws-sdk/client-acm';
import * as EC2 from '@aws-sdk/client-ec2';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import * as IAM from '@aws-sdk/client-iam';
import { acmActions } from '../api/acm/index.ts';
import { ec2Actions } from '../api/ec2/index.ts';
import { sweep } from '../api/ec2/sweep.ts';
import { elbv2Actions } from '../api/elbv2/index.ts';
import { iamActions } from '../api/iam/index.ts';
import { now } from '../host/clock.ts';
import { selfSigned } from '../host/test-certificates.ts';
import { type ImageFact, type MachineFact, NO_FACTS, type TargetFact } from '../model/facts.ts';
import { baseImageOf } from '../model/images.ts';
import { DEFAULTS } from './settings.ts';
import { createSite } from './sites.ts';
import { apiFolder, balancerIn, startApi } from './test-api.ts';

/** Of operations that are refused by name: who waits is told so. */
const NOT_HERE: Record<string, string> = {
  BundleTaskComplete: 'DescribeBundleTasks',
  ConversionTaskCancelled: 'DescribeConversionTasks',
  ConversionTaskCompleted: 'DescribeConversionTasks',
  ConversionTaskDeleted: 'DescribeConversionTasks',
  ExportTaskCancelled: 'DescribeExportTasks',
  ExportTaskCompleted: 'DescribeExportTasks',
  ImageUsageReportAvailable: 'DescribeImageUsageReports',
  PasswordDataAvailable: 'GetPasswordData',
  SecondaryNetworkCreateComplete: 'DescribeSecondaryNetworks',
  SecondaryNetworkDeleteComplete: 'DescribeSecondaryNetworks',
  SecondarySubnetCreateComplete: 'DescribeSecondarySubnets',
  SecondarySubnetDeleteComplete: 'DescribeSecondarySubnets',
  SecurityGroupVpcAssociationAssociated: 'DescribeSecurityGroupVpcAssociations',
  SecurityGroupVpcAssociationDisassociated: 'DescribeSecurityGroupVpcAssociations',
  SnapshotCompleted: 'DescribeSnapshots',
  SnapshotImported: 'DescribeImportSnapshotTasks',
  SpotInstanceRequestFulfilled: 'DescribeSpotInstanceRequests',
  StoreImageTaskComplete: 'DescribeStoreImageTasks',
  VolumeAvailable: 'DescribeVolumes',
  VolumeDeleted: 'DescribeVolumes',
  VolumeInUse: 'DescribeVolumes',
  AcmeDomainValidationDeleted: 'DescribeAcmeDomainValidation',
  AcmeDomainValidationValidated: 'DescribeAcmeDomainValidation',
  AcmeEndpointActive: 'DescribeAcmeEndpoint',
  AcmeEndpointDeleted: 'DescribeAcmeEndpoint',
};

const folder = apiFolder();
const facts = {
  ...NO_FACTS,
  appliedRevision: -1,
  machines: new Map<string, MachineFact>(),
  targets: new Map<string, TargetFact>(),
  images: new Map<string, ImageFact>(),
};
const api = await startApi(folder, 'waiters', { auth: 'strict', facts });
const ec2 = new EC2.EC2(api.rootClient);
const elb = new ELB.ElasticLoadBalancingV2(api.rootClient);
const iam = new IAM.IAM(api.rootClient);
const acm = new ACM.ACM(api.rootClient);
const waited = new Set<string>();
after(() => {
  for (const client of [ec2, elb, iam, acm]) client.destroy();
});

/** The kernel has all that was asked for. */
const settle = () => {
  facts.appliedRevision = api.store.intent.revision;
};

/** One that waits asks at once, and then each twentieth of a second. */
const PACE = { minDelay: 0.05, maxDelay: 0.05, maxWaitTime: 30 };

type Waiter<Client, Input> = (params: typeof PACE & { client: Client }, input: Input) => Promise<{ state: string }>;

/** Waits; after the first answer, which must not be the end, `then` happens, which must be. */
async function until<Client, Input>(
  waiter: Waiter<Client, Input>,
  client: Client,
  input: Input,
  then?: () => void | Promise<void>,
): Promise<void> {
  waited.add(nameOf(waiter));
  let asked = 0;
  // All clients have the same.
  const { middlewareStack: stack } = client as unknown as EC2.EC2Client;
  stack.add(
    (next) => async (args) => {
      if (asked++ === 1) await then?.();
      return next(args);
    },
    { step: 'initialize', name: 'counted', override: true },
  );
  try {
    assert.equal((await waiter({ client, ...PACE }, input)).state, 'SUCCESS', nameOf(waiter));
  } finally {
    stack.remove('counted');
  }
  if (then === undefined) assert.equal(asked, 1, `${nameOf(waiter)} is told at once`);
  else assert.ok(asked > 1, `${nameOf(waiter)} went on`);
}

async function fails<Client, Input>(waiter: Waiter<Client, Input>, client: Client, input: Input): Promise<void> {
  waited.add(nameOf(waiter));
  await assert.rejects(waiter({ client, ...PACE }, input), /"state":"FAILURE"/, nameOf(waiter));
}

const nameOf = (waiter: { name: string }) => waiter.name.replace('waitUntil', '');

/** What waiters of existence take for "not yet": any other code ends the CLI's with a failure. */
async function notYet(code: string, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: Error & { Code?: string }) => {
    assert.equal(error.Code ?? error.name, code);
    return true;
  });
}

let VpcId = '';
let SubnetId = '';

before(async () => {
  VpcId = (await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId ?? '';
  SubnetId = (await ec2.createSubnet({ VpcId, CidrBlock: '10.0.0.0/24' })).Subnet?.SubnetId ?? '';
});

test('VPCs, subnets and what lies in them', async () => {
  await notYet('InvalidVpcID.NotFound', ec2.describeVpcs({ VpcIds: ['vpc-0123456789abcdef0'] }));
  await until(EC2.waitUntilVpcExists, ec2, { VpcIds: [VpcId] });
  await until(EC2.waitUntilVpcAvailable, ec2, { VpcIds: [VpcId] });
  await until(EC2.waitUntilSubnetAvailable, ec2, { SubnetIds: [SubnetId] });
  const { GroupId } = await ec2.createSecurityGroup({ VpcId, GroupName: 'g', Description: 'g' });
  await until(EC2.waitUntilSecurityGroupExists, ec2, { GroupIds: [GroupId ?? ''] });
  const gateway = (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId ?? '';
  await until(EC2.waitUntilInternetGatewayExists, ec2, { InternetGatewayIds: [gateway] });
  await notYet('InvalidKeyPair.NotFound', ec2.describeKeyPairs({ KeyNames: ['later'] }));
  await ec2.createKeyPair({ KeyName: 'later' });
  await until(EC2.waitUntilKeyPairExists, ec2, { KeyNames: ['later'] });
  const NetworkInterfaceIds = [
    (await ec2.createNetworkInterface({ SubnetId })).NetworkInterface?.NetworkInterfaceId ?? '',
  ];
  await until(EC2.waitUntilNetworkInterfaceAvailable, ec2, { NetworkInterfaceIds });
  await fails(EC2.waitUntilNetworkInterfaceAvailable, ec2, { NetworkInterfaceIds: ['eni-0123456789abcdef0'] });
});

test('instances and images', async () => {
  const ImageId = baseImageOf('ap-south-1')?.id ?? '';
  await notYet('InvalidInstanceID.NotFound', ec2.describeInstances({ InstanceIds: ['i-0123456789abcdef0'] }));
  await notYet('InvalidInstanceID.NotFound', ec2.describeInstanceStatus({ InstanceIds: ['i-0123456789abcdef0'] }));
  const { Instances } = await ec2.runInstances({
    ...{ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, SubnetId },
  });
  const id = Instances?.[0]?.InstanceId ?? '';
  const which = { InstanceIds: [id] };
  const report = (state: MachineFact['state']) => () => {
    facts.machines.set(id, { state, boots: api.store.intent.table('instance').get(id)?.boots ?? 0, fault: null });
  };
  await until(EC2.waitUntilInstanceExists, ec2, which);
  await fails(EC2.waitUntilInstanceStopped, ec2, which);
  await until(EC2.waitUntilInstanceStatusOk, ec2, which, report('running'));
  await until(EC2.waitUntilSystemStatusOk, ec2, which);
  await until(EC2.waitUntilInstanceRunning, ec2, which);

  const image = (await ec2.createImage({ InstanceId: id, Name: 'made', NoReboot: true })).ImageId ?? '';
  await notYet('InvalidAMIID.NotFound', ec2.describeImages({ ImageIds: ['ami-0123456789abcdef0'] }));
  await until(EC2.waitUntilImageExists, ec2, { ImageIds: [image] });
  const made = (state: ImageFact['state']) => () => {
    facts.images.set(image, { state, fault: null });
  };
  await until(EC2.waitUntilImageAvailable, ec2, { ImageIds: [image] }, made('available'));
  made('failed')();
  await fails(EC2.waitUntilImageAvailable, ec2, { ImageIds: [image] });

  await ec2.stopInstances(which);
  await fails(EC2.waitUntilInstanceRunning, ec2, which);
  await until(EC2.waitUntilInstanceStopped, ec2, which, report('stopped'));
  await ec2.startInstances(which);
  await until(EC2.waitUntilInstanceRunning, ec2, which, report('running'));
  await ec2.terminateInstances(which);
  await until(EC2.waitUntilInstanceTerminated, ec2, which, () => {
    facts.machines.delete(id);
  });
  await fails(EC2.waitUntilInstanceRunning, ec2, which);
});

test('NAT gateways, peering and VPN connections', async () => {
  await notYet('NatGatewayNotFound', ec2.describeNatGateways({ NatGatewayIds: ['nat-0123456789abcdef0'] }));
  const nat = await ec2.createNatGateway({ SubnetId, ConnectivityType: 'private' });
  const NatGatewayIds = [nat.NatGateway?.NatGatewayId ?? ''];
  await until(EC2.waitUntilNatGatewayAvailable, ec2, { NatGatewayIds }, settle);
  await ec2.deleteNatGateway({ NatGatewayId: NatGatewayIds[0] ?? '' });
  await fails(EC2.waitUntilNatGatewayAvailable, ec2, { NatGatewayIds });
  await until(EC2.waitUntilNatGatewayDeleted, ec2, { NatGatewayIds }, settle);
  await until(EC2.waitUntilNatGatewayDeleted, ec2, { NatGatewayIds: ['nat-0123456789abcdef0'] });

  const PeerVpcId = (await ec2.createVpc({ CidrBlock: '10.1.0.0/16' })).Vpc?.VpcId ?? '';
  const nobody = ['pcx-0123456789abcdef0'];
  await notYet(
    'InvalidVpcPeeringConnectionID.NotFound',
    ec2.describeVpcPeeringConnections({ VpcPeeringConnectionIds: nobody }),
  );
  const peering = await ec2.createVpcPeeringConnection({ VpcId, PeerVpcId });
  const VpcPeeringConnectionIds = [peering.VpcPeeringConnection?.VpcPeeringConnectionId ?? ''];
  await until(EC2.waitUntilVpcPeeringConnectionExists, ec2, { VpcPeeringConnectionIds });
  await ec2.deleteVpcPeeringConnection({ VpcPeeringConnectionId: VpcPeeringConnectionIds[0] ?? '' });
  await until(EC2.waitUntilVpcPeeringConnectionDeleted, ec2, { VpcPeeringConnectionIds }, settle);
  await until(EC2.waitUntilVpcPeeringConnectionDeleted, ec2, { VpcPeeringConnectionIds: nobody });

  const { intent } = api.store;
  const office = createSite(
    'office',
    { cidr: '192.168.0.0/16' },
    { intent, account: DEFAULTS.defaultAccount, now: '' },
  );
  assert.ok('site' in office);
  await api.store.commit(office.edits);
  const Type = 'ipsec.1';
  const customer = await ec2.createCustomerGateway({ Type, BgpAsn: 65000, IpAddress: office.site.publicAddress });
  const CustomerGatewayId = customer.CustomerGateway?.CustomerGatewayId ?? '';
  await until(EC2.waitUntilCustomerGatewayAvailable, ec2, { CustomerGatewayIds: [CustomerGatewayId] });
  const VpnGatewayId = (await ec2.createVpnGateway({ Type })).VpnGateway?.VpnGatewayId ?? '';
  const vpn = await ec2.createVpnConnection({ Type, CustomerGatewayId, VpnGatewayId });
  const VpnConnectionIds = [vpn.VpnConnection?.VpnConnectionId ?? ''];
  await fails(EC2.waitUntilVpnConnectionDeleted, ec2, { VpnConnectionIds });
  await until(EC2.waitUntilVpnConnectionAvailable, ec2, { VpnConnectionIds }, settle);
  await ec2.deleteVpnConnection({ VpnConnectionId: VpnConnectionIds[0] ?? '' });
  await fails(EC2.waitUntilVpnConnectionAvailable, ec2, { VpnConnectionIds });
  await until(EC2.waitUntilVpnConnectionDeleted, ec2, { VpnConnectionIds }, settle);
  await ec2.deleteCustomerGateway({ CustomerGatewayId });
  await fails(EC2.waitUntilCustomerGatewayAvailable, ec2, { CustomerGatewayIds: [CustomerGatewayId] });
});

test('load balancers, targets and certificates', async () => {
  await notYet('LoadBalancerNotFound', elb.describeLoadBalancers({ Names: ['later'] }));
  const LoadBalancerArn = await balancerIn(elb, SubnetId);
  const which = { LoadBalancerArns: [LoadBalancerArn] };
  await until(ELB.waitUntilLoadBalancerExists, elb, which);
  await until(ELB.waitUntilLoadBalancerAvailable, elb, which, settle);

  const wish = { Name: 'web', Protocol: 'TCP', Port: 80, VpcId, TargetType: 'ip' } as const;
  const TargetGroupArn = (await elb.createTargetGroup(wish)).TargetGroups?.[0]?.TargetGroupArn ?? '';
  await elb.createListener({
    ...{ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn }] },
  });
  const Targets = [{ Id: '10.0.0.9' }];
  const target = { TargetGroupArn, Targets };
  await until(ELB.waitUntilTargetDeregistered, elb, target);
  await elb.registerTargets(target);
  await until(ELB.waitUntilTargetInService, elb, target, () => {
    const [{ id } = { id: '' }] = [...api.store.intent.table('target').all()];
    facts.targets.set(id, { state: 'healthy', reason: null });
  });
  await elb.modifyTargetGroupAttributes({
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '0' }],
  });
  await elb.deregisterTargets(target);
  await until(ELB.waitUntilTargetDeregistered, elb, target, async () => {
    await api.store.commit(sweep(api.store.intent, facts, now()));
  });
  await until(ELB.waitUntilLoadBalancersDeleted, elb, which, async () => {
    await elb.deleteLoadBalancer({ LoadBalancerArn });
  });

  const { certificate, key } = await selfSigned('CN=example.com', { rsa: 2048 });
  const { CertificateArn = '' } = await acm.importCertificate({
    Certificate: Buffer.from(certificate),
    PrivateKey: Buffer.from(key),
  });
  // At AWS as here nobody waits for an imported one to be validated: it has no DomainValidationOptions.
  await acm.deleteCertificate({ CertificateArn });
  await fails(ACM.waitUntilCertificateValidated, acm, { CertificateArn });
});

test('identities', async () => {
  const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const PolicyArn = `arn:aws:iam::${DEFAULTS.defaultAccount}:policy/p`;
  await notYet('NoSuchEntity', iam.getUser({ UserName: 'ann' }));
  await notYet('NoSuchEntity', iam.getRole({ RoleName: 'worker' }));
  await notYet('NoSuchEntity', iam.getPolicy({ PolicyArn }));
  await notYet('NoSuchEntity', iam.getInstanceProfile({ InstanceProfileName: 'worker' }));
  await until(IAM.waitUntilUserExists, iam, { UserName: 'ann' }, async () => {
    await iam.createUser({ UserName: 'ann' });
  });
  await until(IAM.waitUntilRoleExists, iam, { RoleName: 'worker' }, async () => {
    await iam.createRole({ RoleName: 'worker', AssumeRolePolicyDocument: document(trust) });
  });
  await until(IAM.waitUntilPolicyExists, iam, { PolicyArn }, async () => {
    const allow = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' };
    await iam.createPolicy({ PolicyName: 'p', PolicyDocument: document(allow) });
  });
  await until(IAM.waitUntilInstanceProfileExists, iam, { InstanceProfileName: 'worker' }, async () => {
    await iam.createInstanceProfile({ InstanceProfileName: 'worker' });
  });
});

test('each waiter was waited for, or its operation is not here', () => {
  const all = [EC2, ELB, IAM, ACM].flatMap(Object.keys).filter((name) => name.startsWith('waitUntil'));
  const names = all.map((name) => name.replace('waitUntil', ''));
  assert.deepEqual(
    names.filter((name) => !waited.has(name) && !(name in NOT_HERE)),
    [],
  );
  const here = { ...ec2Actions, ...elbv2Actions, ...iamActions, ...acmActions };
  assert.deepEqual(
    Object.entries(NOT_HERE).filter(([name, operation]) => !names.includes(name) || operation in here),
    [],
  );
});
