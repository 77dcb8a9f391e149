import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointZoneId } from '../../../model/catalogue.ts';
import { ACCOUNT, harness, REGION } from '../../testing.ts';
import { create, describe, group, interfacesOf, network, refusal, SQS, settle } from './fixture.ts';
import { DEFAULT_POLICY } from './policy.ts';

const UNKNOWN = '0123456789abcdef0';

test('the reply is complete: pending, interfaces, names in the order regional, zonal, private', () => {
  const n = network();
  const made = create(n, {
    SubnetIds: [n.subnetB, n.subnetA],
    TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: [{ Key: 'Name', Value: 'queue' }] }],
  });
  assert.match(made.VpcEndpointId, /^vpce-[0-9a-f]{17}$/);
  assert.equal(made.State, 'pending');
  assert.equal(made.VpcEndpointType, 'Interface');
  assert.equal(made.VpcId, n.vpcId);
  assert.equal(made.ServiceName, SQS);
  assert.equal(made.OwnerId, ACCOUNT);
  assert.equal(made.RequesterManaged, false);
  assert.equal(made.PrivateDnsEnabled, true);
  assert.equal(made.IpAddressType, 'ipv4');
  assert.deepEqual(made.DnsOptions, { DnsRecordIpType: 'ipv4' });
  assert.deepEqual(made.SubnetIds, [n.subnetB, n.subnetA]);
  assert.deepEqual(made.RouteTableIds, []);
  assert.deepEqual(made.Groups, [{ GroupId: n.defaultGroupId, GroupName: 'default' }]);
  assert.deepEqual(made.Tags, [{ Key: 'Name', Value: 'queue' }]);
  assert.equal(made.PolicyDocument, undefined);
  assert.deepEqual(
    made.NetworkInterfaceIds,
    interfacesOf(n, made.VpcEndpointId).map((port) => port.id),
  );
  const names = made.DnsEntries.map((entry) => entry.DnsName);
  const suffix = new RegExp(`^${made.VpcEndpointId}-([a-z0-9]{8})\\.`).exec(names[0] ?? '')?.[1];
  const stem = `${made.VpcEndpointId}-${suffix}`;
  assert.deepEqual(names, [
    `${stem}.sqs.ap-south-1.vpce.amazonaws.com`,
    `${stem}-ap-south-1a.sqs.ap-south-1.vpce.amazonaws.com`,
    `${stem}-ap-south-1b.sqs.ap-south-1.vpce.amazonaws.com`,
    'sqs.ap-south-1.amazonaws.com',
  ]);
  const own = endpointZoneId(REGION);
  assert.deepEqual(
    made.DnsEntries.map((entry) => entry.HostedZoneId),
    [own, own, own, 'ZONEIDPENDING'],
  );
});

test('one interface for each subnet, requester-managed, in use, told as an endpoint of AWS', () => {
  const n = network();
  const made = create(n, { SubnetIds: [n.subnetA, n.subnetB] });
  const ports = interfacesOf(n, made.VpcEndpointId);
  assert.deepEqual(
    ports.map(({ subnetId, addresses, type, description, groupIds, attachment, publicAddress }) => ({
      subnetId,
      addresses,
      type,
      description,
      groupIds,
      attachment,
      publicAddress,
    })),
    [n.subnetA, n.subnetB].map((subnetId, at) => ({
      subnetId,
      addresses: [`10.0.${at === 0 ? 1 : 3}.4`],
      type: 'vpcEndpoint',
      description: `VPC Endpoint Interface ${made.VpcEndpointId}`,
      groupIds: [n.defaultGroupId],
      attachment: null,
      publicAddress: null,
    })),
  );
  assert.equal(new Set(ports.map((port) => port.linkSerial)).size, 2);
});

test('the state follows the revision that the kernel has', () => {
  const n = network();
  settle(n);
  const { VpcEndpointId: id } = create(n, { SubnetIds: [n.subnetA] });
  assert.equal(describe(n, id).State, 'pending');
  settle(n);
  const now = describe(n, id);
  assert.equal(now.State, 'available');
  assert.equal(now.PolicyDocument, DEFAULT_POLICY);
  assert.match(now.DnsEntries.at(-1)?.HostedZoneId ?? '', /^Z0[0-9A-F]{18}$/);
});

test('an endpoint without subnets has no interface and no zonal name', () => {
  const n = network();
  const made = create(n);
  assert.deepEqual(made.NetworkInterfaceIds, []);
  assert.equal(made.DnsEntries.length, 2);
});

test('the type is Gateway where none is given', () => {
  const n = network();
  const gateway = { VpcEndpointType: undefined } as object;
  assert.equal(
    refusal(n, gateway),
    'InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).',
  );
  assert.equal(
    refusal(n, { ...gateway, SubnetIds: [n.subnetA] }),
    'InvalidParameter: Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.',
  );
  assert.match(
    refusal(n, { ...gateway, SecurityGroupIds: [n.defaultGroupId] }),
    /^InvalidParameter: Security Group IDs/,
  );
});

test('what is not built yet is refused by name', () => {
  const n = network();
  for (const type of ['GatewayLoadBalancer', 'Resource', 'ServiceNetwork'] as const) {
    assert.equal(
      refusal(n, { VpcEndpointType: type }),
      `UnsupportedOperation: The value '${type}' for parameter VpcEndpointType is not supported by Culvert.`,
    );
  }
  assert.match(
    refusal(n, { VpcEndpointType: 'Gateway', ServiceName: SQS.replace('sqs', 's3'), IpAddressType: 'dualstack' }),
    /^UnsupportedOperation: The value 'dualstack'/,
  );
  assert.match(refusal(n, { ServiceNetworkArn: 'arn:x' }), /^UnsupportedOperation: The parameter ServiceNetworkArn/);
  assert.equal(create(n, { ServiceRegion: REGION }).ServiceRegion, REGION);
});

test('a service that is not there, of another region, or not named', () => {
  const n = network();
  for (const name of [
    'com.amazonaws.us-east-1.sqs',
    'com.amazonaws.vpce.ap-south-1.vpce-svc-0123456789abcdef0',
    'sqs',
  ]) {
    assert.equal(
      refusal(n, { ServiceName: name }),
      `InvalidServiceName: The Vpc Endpoint Service '${name}' does not exist`,
    );
  }
  assert.equal(
    n.h.refusal('CreateVpcEndpoint', { VpcId: n.vpcId, VpcEndpointType: 'Interface' }),
    'MissingParameter: The request must contain the parameter ServiceName',
  );
});

test('VPC, subnets and groups must be there and of one VPC', () => {
  const h = harness();
  const n = network(h);
  const other = network(h, '10.1');
  assert.match(refusal({ ...n, vpcId: `vpc-${UNKNOWN}` }), /^InvalidVpcID\.NotFound: /);
  assert.match(refusal(n, { SubnetIds: [`subnet-${UNKNOWN}`] }), /^InvalidSubnetID\.NotFound: /);
  assert.match(refusal(n, { SecurityGroupIds: [`sg-${UNKNOWN}`] }), /^InvalidGroup\.NotFound: /);
  assert.match(refusal(n, { SubnetIds: [other.subnetA] }), /^InvalidParameter: The subnet/);
  assert.match(refusal(n, { SecurityGroupIds: [other.defaultGroupId] }), /^InvalidParameter: .*different networks/);
  assert.match(refusal({ ...n, h: h.as('444455556666') }), /^InvalidVpcID\.NotFound: /);
});

test('one subnet for each zone', () => {
  const n = network();
  assert.equal(
    refusal(n, { SubnetIds: [n.subnetA, n.subnetB, n.otherSubnetA] }),
    `DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of ${n.otherSubnetA}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
  );
  assert.deepEqual(create(n, { SubnetIds: [n.subnetA, n.subnetA] }).SubnetIds, [n.subnetA]);
});

test('a zone in which the service is not offered', () => {
  const h = harness().as(ACCOUNT, 'us-east-1');
  const { VpcId: vpcId } = h.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const subnet = h.call('CreateSubnet', {
    VpcId: vpcId,
    CidrBlock: '10.0.0.0/24',
    AvailabilityZoneId: 'use1-az2',
  }).Subnet;
  assert.equal(
    h.refusal('CreateVpcEndpoint', {
      VpcId: vpcId,
      VpcEndpointType: 'Interface',
      ServiceName: 'com.amazonaws.us-east-1.email-smtp',
      SubnetIds: [subnet.SubnetId],
    }),
    `InvalidParameter: The VPC endpoint service com.amazonaws.us-east-1.email-smtp does not support the availability zone of the subnet: ${subnet.SubnetId}.`,
  );
});

test('fixed addresses: in the subnet, free, not one of the reserved', () => {
  const n = network();
  const fixed = (Ipv4: string, SubnetId = n.subnetA) => ({
    SubnetIds: [n.subnetA, n.subnetB],
    SubnetConfigurations: [{ SubnetId, Ipv4 }],
  });
  const { VpcEndpointId: id } = create(n, fixed('10.0.1.50'));
  assert.deepEqual(
    interfacesOf(n, id).map((port) => port.addresses),
    [['10.0.1.50'], ['10.0.3.4']],
  );
  const sns = { ServiceName: `com.amazonaws.${REGION}.sns` };
  assert.equal(
    refusal(n, { ...sns, ...fixed('10.0.2.50') }),
    "InvalidParameterValue: Address 10.0.2.50 does not fall within the subnet's address range",
  );
  assert.match(refusal(n, { ...sns, ...fixed('10.0.1.3') }), /^InvalidParameterValue: .*reserved address range/);
  assert.match(refusal(n, { ...sns, ...fixed('10.0.1.50') }), /^InvalidIPAddress\.InUse: /);
  assert.match(refusal(n, { ...sns, ...fixed('nonsense') }), /^InvalidParameterValue: /);
  const twice = [
    { SubnetId: n.subnetA, Ipv4: '10.0.1.9' },
    { SubnetId: n.subnetA, Ipv4: '10.0.1.10' },
  ];
  assert.match(refusal(n, { ...sns, SubnetConfigurations: twice }), /^InvalidParameter: .*more than once/);
  const alone = create(n, { ...sns, SubnetConfigurations: [{ SubnetId: n.subnetB, Ipv4: '10.0.3.9' }] });
  assert.deepEqual(alone.SubnetIds, [n.subnetB]);
});

test('a full subnet has no room for an interface', () => {
  const n = network();
  const small = n.h.call('CreateSubnet', { VpcId: n.vpcId, CidrBlock: '10.0.9.0/28' }).Subnet.SubnetId;
  const keys = ['sns', 'kms', 'ssm', 'sts', 'ec2', 'logs', 'glue', 'athena', 'lambda', 'events', 'states'];
  for (const key of keys) create(n, { ServiceName: `com.amazonaws.${REGION}.${key}`, SubnetIds: [small] });
  assert.match(refusal(n, { SubnetIds: [small] }), /^InsufficientFreeAddressesInSubnet: /);
});

test('up to five groups, each once', () => {
  const n = network();
  const ids = [1, 2, 3, 4, 5, 6].map((digit) => group(n, `sg-${UNKNOWN.slice(0, 16)}${digit}`));
  assert.match(refusal(n, { SecurityGroupIds: ids }), /^SecurityGroupsPerInterfaceLimitExceeded: /);
  const made = create(n, { SubnetIds: [n.subnetA], SecurityGroupIds: [...ids.slice(0, 5), ids[0] as string] });
  assert.equal(made.Groups.length, 5);
  assert.deepEqual(interfacesOf(n, made.VpcEndpointId)[0]?.groupIds, ids.slice(0, 5));
});

test('private DNS needs both attributes of the VPC', () => {
  const n = network();
  n.h.call('ModifyVpcAttribute', { VpcId: n.vpcId, EnableDnsHostnames: { Value: false } });
  const text = `InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${n.vpcId}`;
  assert.equal(refusal(n), text);
  assert.equal(refusal(n, { PrivateDnsEnabled: true }), text);
  const without = create(n, { PrivateDnsEnabled: false, SubnetIds: [n.subnetA] });
  assert.deepEqual(without.DnsEntries.length, 2);
});

test('one endpoint holds a private name in a VPC', () => {
  const h = harness();
  const n = network(h);
  const first = create(n);
  const text = `InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for sqs.ap-south-1.amazonaws.com in the VPC ${n.vpcId}`;
  assert.equal(refusal(n), text);
  create(n, { PrivateDnsEnabled: false });
  create(n, { ServiceName: `com.amazonaws.${REGION}.sqs-fips` });
  create(network(h, '10.1'));
  h.call('DeleteVpcEndpoints', { VpcEndpointIds: [first.VpcEndpointId] });
  create(n);
});

test('a service without a private name cannot have private DNS, and has none by default', () => {
  const n = network();
  const name = `com.amazonaws.${REGION}.iot.data`;
  assert.equal(
    refusal(n, { ServiceName: name, PrivateDnsEnabled: true }),
    `InvalidParameter: Private DNS can't be enabled because the service ${name} does not provide a private DNS name.`,
  );
  assert.equal(create(n, { ServiceName: name }).PrivateDnsEnabled, false);
});

test('S3: private DNS is off by default, and for inbound resolvers only unless that is refused', () => {
  const n = network();
  const s3 = { ServiceName: `com.amazonaws.${REGION}.s3` };
  const text = `InvalidParameter: To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC ${n.vpcId} must have a Gateway endpoint for the service.`;
  assert.equal(refusal(n, { ...s3, PrivateDnsEnabled: true }), text);
  assert.equal(refusal(n, { ...s3, DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: true } }), text);
  assert.equal(create(n, s3).PrivateDnsEnabled, false);
  const DnsOptions = { PrivateDnsOnlyForInboundResolverEndpoint: false };
  const made = create(n, { ...s3, PrivateDnsEnabled: true, DnsOptions, SubnetIds: [n.subnetA] });
  assert.deepEqual(made.DnsOptions, { DnsRecordIpType: 'ipv4', PrivateDnsOnlyForInboundResolverEndpoint: false });
  assert.deepEqual(
    made.DnsEntries.map((entry) => entry.DnsName.replace(/vpce-\w+-\w{8}/, 'vpce')),
    [
      '*.vpce.s3.ap-south-1.vpce.amazonaws.com',
      '*.vpce-ap-south-1a.s3.ap-south-1.vpce.amazonaws.com',
      's3.ap-south-1.amazonaws.com',
      '*.s3.ap-south-1.amazonaws.com',
      's3-accesspoint.ap-south-1.amazonaws.com',
      '*.s3-accesspoint.ap-south-1.amazonaws.com',
      's3-control.ap-south-1.amazonaws.com',
      '*.s3-control.ap-south-1.amazonaws.com',
    ],
  );
});

test('policies: kept to the letter, refused where they are none', () => {
  const n = network();
  const policy = '{ "Statement": [{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}] }';
  const made = create(n, { PolicyDocument: policy });
  assert.equal(made.PolicyDocument, policy);
  assert.equal(describe(n, made.VpcEndpointId).PolicyDocument, policy);
  const one = '{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}';
  assert.equal(create(n, { PolicyDocument: one, PrivateDnsEnabled: false }).PolicyDocument, one);
  for (const bad of [
    '',
    'allow all',
    '[]',
    'null',
    '{}',
    '{"Statement":[]}',
    '{"Statement":["Allow"]}',
    '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    '{"Statement":[{"Effect":"Maybe","Principal":"*","Action":"*","Resource":"*"}]}',
    `${policy}${' '.repeat(20_480)}`,
  ]) {
    assert.match(
      refusal(n, { PolicyDocument: bad, PrivateDnsEnabled: false }),
      /^InvalidPolicyDocument: /,
      bad.slice(0, 80),
    );
  }
  assert.match(
    refusal(n, { ServiceName: `com.amazonaws.${REGION}.transfer.server`, PolicyDocument: policy }),
    /^InvalidParameter: .*does not support endpoint policies/,
  );
});

test('fifty endpoints in a VPC; deleted ones do not count', () => {
  const h = harness();
  const n = network(h);
  const off = { PrivateDnsEnabled: false };
  const made = Array.from({ length: 50 }, () => create(n, off));
  assert.match(refusal(n, off), /^VpcEndpointLimitExceeded: /);
  create(network(h, '10.1'), off);
  h.call('DeleteVpcEndpoints', { VpcEndpointIds: [made[7]?.VpcEndpointId ?? ''] });
  create(n, off);
});

function whole(n: ReturnType<typeof network>) {
  return { VpcId: n.vpcId, VpcEndpointType: 'Interface' as const, ServiceName: SQS };
}

test('a token makes one endpoint, and is answered with what it is now', () => {
  const n = network();
  const input = { SubnetIds: [n.subnetA], ClientToken: 'once' };
  const first = create(n, input);
  settle(n);
  const again = create(n, input);
  assert.equal(again.VpcEndpointId, first.VpcEndpointId);
  assert.equal(again.State, 'available');
  assert.equal(n.h.call('CreateVpcEndpoint', { ...whole(n), ...input }).ClientToken, 'once');
  assert.equal(n.h.intent.table('vpcEndpoint').size, 1);
  assert.match(refusal(n, { ...input, SubnetIds: [n.subnetB] }), /^IdempotentParameterMismatch: /);
});

test('a dry run makes nothing; tags of another type are refused', () => {
  const n = network();
  assert.match(refusal(n, { DryRun: true }), /^DryRunOperation: /);
  assert.equal(n.h.intent.table('vpcEndpoint').size, 0);
  assert.match(refusal(n, { TagSpecifications: [{ ResourceType: 'subnet', Tags: [] }] }), /^InvalidParameterValue: /);
});
