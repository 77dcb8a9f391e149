import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';
import { subnetAddresses } from './allocate.ts';

function start(CidrBlock = '10.0.1.0/24') {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock, AvailabilityZone: 'ap-south-1b' }).Subnet;
  const create = (more: object = {}) => aws.call('CreateNetworkInterface', { SubnetId, ...more }).NetworkInterface;
  const refused = (more: object) => aws.refusal('CreateNetworkInterface', { SubnetId, ...more });
  const free = () => aws.call('DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets[0].AvailableIpAddressCount;
  return { aws, VpcId, SubnetId, create, refused, free };
}

test('the lowest free address, the default group, an own MAC', () => {
  const { aws, VpcId, create, free } = start();
  assert.equal(free(), 251);
  const first = create({ Description: 'one' });
  assert.equal(first.PrivateIpAddress, '10.0.1.4');
  assert.equal(first.Groups[0].GroupName, 'default');
  assert.match(first.MacAddress, /^0a(:[0-9a-f]{2}){5}$/);
  assert.deepEqual(
    [first.Status, first.InterfaceType, first.SourceDestCheck, first.RequesterManaged, first.AvailabilityZone],
    ['available', 'interface', true, false, 'ap-south-1b'],
  );
  const second = create();
  assert.equal(second.PrivateIpAddress, '10.0.1.5');
  assert.notEqual(second.MacAddress, first.MacAddress);
  aws.call('DeleteNetworkInterface', { NetworkInterfaceId: first.NetworkInterfaceId });
  assert.equal(create().PrivateIpAddress, '10.0.1.4');
  assert.equal(free(), 249);
  assert.equal(
    aws.call('DescribeNetworkInterfaces', { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }).NetworkInterfaces.length,
    2,
  );
});

test('a chosen address: in the subnet, not reserved, free', () => {
  const { create, refused } = start();
  assert.equal(create({ PrivateIpAddress: '10.0.1.9' }).PrivateIpAddress, '10.0.1.9');
  assert.equal(refused({ PrivateIpAddress: '10.0.1.9' }), 'InvalidIPAddress.InUse: Address 10.0.1.9 is in use.');
  for (const address of ['10.0.1.0', '10.0.1.1', '10.0.1.2', '10.0.1.3', '10.0.1.255']) {
    assert.equal(
      refused({ PrivateIpAddress: address }),
      `InvalidParameterValue: Address ${address} is in subnet's reserved address range`,
    );
  }
  for (const address of ['10.0.0.9', '10.0.2.4', '192.0.2.1']) {
    assert.equal(
      refused({ PrivateIpAddress: address }),
      `InvalidParameterValue: Address ${address} does not fall within the subnet's address range`,
    );
  }
  for (const address of ['10.0.1', '10.0.1.256', '::1', '10.0.1.010']) {
    assert.match(refused({ PrivateIpAddress: address }), /^InvalidParameterValue: Value \(/);
  }
});

test('several addresses', () => {
  const { create, refused } = start();
  const chosen = create({
    PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.4' }, { PrivateIpAddress: '10.0.1.20', Primary: true }],
  });
  assert.deepEqual(
    chosen.PrivateIpAddresses.map((each) => [each.PrivateIpAddress, each.Primary]),
    [
      ['10.0.1.20', true],
      ['10.0.1.4', false],
    ],
  );
  const counted = create({ SecondaryPrivateIpAddressCount: 2, PrivateIpAddress: '10.0.1.5' });
  assert.deepEqual(
    counted.PrivateIpAddresses.map((each) => each.PrivateIpAddress),
    ['10.0.1.5', '10.0.1.6', '10.0.1.7'],
  );
  assert.match(refused({ PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.7' }] }), /^InvalidIPAddress.InUse/);
  assert.match(
    refused({ PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.8' }, { PrivateIpAddress: '10.0.1.8' }] }),
    /^InvalidIPAddress.InUse/,
  );
  assert.match(
    refused({ PrivateIpAddress: '10.0.1.8', PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.9', Primary: true }] }),
    /^InvalidParameterCombination/,
  );
  assert.match(refused({ SecondaryPrivateIpAddressCount: -1 }), /^InvalidParameterValue/);
  assert.match(refused({ Ipv6PrefixCount: 1 }), /^UnsupportedOperation: The parameter Ipv6PrefixCount/);
});

test('a full subnet', () => {
  const { create, refused, free } = start('10.0.1.16/28');
  assert.deepEqual(Array.from({ length: 11 }, () => create().PrivateIpAddress).slice(-1), ['10.0.1.30']);
  assert.equal(free(), 0);
  assert.match(refused({}), /^InsufficientFreeAddressesInSubnet/);
});

test('what is taken in one decision is not given out twice', () => {
  const { aws, SubnetId } = start();
  const subnet = aws.intent.table('subnet').get(SubnetId);
  assert.ok(subnet);
  const addresses = subnetAddresses(aws.context, subnet);
  assert.equal(addresses.claim('10.0.1.5'), '10.0.1.5');
  assert.deepEqual([addresses.take(), addresses.take(), addresses.take()], ['10.0.1.4', '10.0.1.6', '10.0.1.7']);
  assert.throws(() => addresses.claim('10.0.1.7'), { code: 'InvalidIPAddress.InUse' });
  assert.equal(addresses.free, 247);
});

test('groups: of the same VPC, at most five', () => {
  const { aws, VpcId, SubnetId, refused, create } = start();
  const group = (GroupName: string, vpc = VpcId) =>
    aws.call('CreateSecurityGroup', { VpcId: vpc, GroupName, Description: 'd' }).GroupId;
  const elsewhere = aws.call('CreateSecurityGroup', { GroupName: 'x', Description: 'd' }).GroupId;
  assert.equal(
    refused({ Groups: [elsewhere] }),
    `InvalidParameter: Security group ${elsewhere} and subnet ${SubnetId} belong to different networks.`,
  );
  assert.match(refused({ Groups: ['sg-0123456789abcdef0'] }), /^InvalidGroup.NotFound/);
  const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => group(name));
  assert.match(refused({ Groups: six }), /^SecurityGroupsPerInterfaceLimitExceeded/);
  assert.equal(create({ Groups: [six[0], six[0], ...six.slice(0, 5)] }).Groups.length, 5);
});

test('attributes: changed one at a time, described one at a time', () => {
  const { aws, VpcId, create } = start();
  const { NetworkInterfaceId } = create();
  const group = aws.call('CreateSecurityGroup', { VpcId, GroupName: 'a', Description: 'd' }).GroupId;
  aws.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Groups: [group] });
  aws.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Description: { Value: 'new' } });
  aws.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, SourceDestCheck: { Value: false } });
  const read = (Attribute: 'groupSet' | 'description' | 'sourceDestCheck') =>
    aws.call('DescribeNetworkInterfaceAttribute', { NetworkInterfaceId, Attribute });
  assert.equal(read('groupSet').Groups[0].GroupId, group);
  assert.equal(read('description').Description.Value, 'new');
  assert.equal(read('sourceDestCheck').SourceDestCheck.Value, false);
  assert.match(
    aws.refusal('ModifyNetworkInterfaceAttribute', {
      NetworkInterfaceId,
      Groups: [group],
      SourceDestCheck: { Value: true },
    }),
    /^InvalidParameterCombination/,
  );
  assert.match(
    aws.refusal('ModifyNetworkInterfaceAttribute', {
      NetworkInterfaceId,
      Attachment: { AttachmentId: 'eni-attach-0123456789abcdef0', DeleteOnTermination: true },
    }),
    /^InvalidAttachmentID.NotFound/,
  );
});

test('an interface in use stays; one that AWS manages cannot be changed', () => {
  const { aws, create } = start();
  const { NetworkInterfaceId } = create();
  const port = aws.intent.table('networkInterface').get(NetworkInterfaceId);
  assert.ok(port);
  aws.intent.apply([
    { op: 'put', resource: { ...port, type: 'vpcEndpoint', vpcEndpointId: 'vpce-0123456789abcdef0' } },
  ]);
  const shown = aws.call('DescribeNetworkInterfaces', { Filters: [{ Name: 'requester-managed', Values: ['true'] }] })
    .NetworkInterfaces[0];
  assert.deepEqual([shown.Status, shown.InterfaceType], ['in-use', 'vpc_endpoint']);
  assert.equal(
    aws.refusal('DeleteNetworkInterface', { NetworkInterfaceId }),
    `InvalidParameterValue: Network interface '${NetworkInterfaceId}' is currently in use.`,
  );
  assert.equal(
    aws.refusal('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, SourceDestCheck: { Value: false } }),
    'AuthFailure: You do not have permission to access the specified resource.',
  );
  const attachedAt = '2026-01-01T00:00:00.000Z';
  const attachment = { id: 'eni-attach-1', instanceId: 'i-1', deviceIndex: 0, deleteOnTermination: true, attachedAt };
  aws.intent.apply([{ op: 'put', resource: { ...port, attachment, publicAddress: '198.18.0.16' } }]);
  const by = (Name: string, ...Values: string[]) =>
    aws.call('DescribeNetworkInterfaces', { Filters: [{ Name, Values }] }).NetworkInterfaces.length;
  for (const [name, value] of [
    ['attachment.instance-id', 'i-1'],
    ['attachment.device-index', '0'],
    ['association.public-ip', '198.18.*'],
    ['status', 'in-use'],
    ['private-ip-address', '10.0.1.4'],
  ] as const) {
    assert.equal(by(name, value), 1, name);
  }
  assert.match(aws.refusal('DeleteNetworkInterface', { NetworkInterfaceId }), /currently in use/);
  assert.match(
    aws.refusal('DeleteNetworkInterface', { NetworkInterfaceId: 'eni-x' }),
    /^InvalidNetworkInterfaceId.Malformed/,
  );
});

test('names follow the VPC attribute', () => {
  const { aws, VpcId, create } = start();
  const { NetworkInterfaceId } = create();
  const name = () =>
    aws.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [NetworkInterfaceId] }).NetworkInterfaces[0]
      .PrivateDnsName;
  assert.equal(name(), undefined);
  aws.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  assert.equal(name(), 'ip-10-0-1-4.ap-south-1.compute.internal');
});

test('a repeated client token makes no second interface', () => {
  const { aws, SubnetId } = start();
  const once = () => aws.call('CreateNetworkInterface', { SubnetId, ClientToken: 'x' }).NetworkInterface;
  const { NetworkInterfaceId } = once();
  aws.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Description: { Value: 'later' } });
  assert.deepEqual([once().NetworkInterfaceId, once().Description], [NetworkInterfaceId, 'later']);
  assert.equal(aws.intent.table('networkInterface').size, 1);
});

test('half a number is none, at any depth', () => {
  const aws = harness();
  const { SubnetId, VpcId } = aws.call('DescribeSubnets', {}).Subnets[0];
  assert.equal(
    aws.refusal('CreateNetworkInterface', { SubnetId, SecondaryPrivateIpAddressCount: 1.5 }),
    'InvalidParameterValue: Value (1.5) for parameter SecondaryPrivateIpAddressCount is invalid. It must be a whole number.',
  );
  const { GroupId } = aws.call('CreateSecurityGroup', { GroupName: 'g', Description: 'd', VpcId });
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22.5, ToPort: 23, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
    }),
    /^InvalidParameterValue: Value \(22\.5\) for parameter IpPermissions\.0\.FromPort/,
  );
});

test('secondary addresses: assigned, moved, unassigned', () => {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  const make = (PrivateIpAddress: string) =>
    aws.call('CreateNetworkInterface', { SubnetId, PrivateIpAddress }).NetworkInterface.NetworkInterfaceId;
  const one = make('10.0.1.10');
  const two = make('10.0.1.11');
  const addressesOf = (id: string) =>
    aws
      .call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [id] })
      .NetworkInterfaces[0]?.PrivateIpAddresses.map((each) => each.PrivateIpAddress);
  const assign = (NetworkInterfaceId: string, ...PrivateIpAddresses: string[]) => ({
    NetworkInterfaceId,
    PrivateIpAddresses,
  });
  aws.call('AssignPrivateIpAddresses', assign(one, '10.0.1.50', '10.0.1.51'));
  aws.call('AssignPrivateIpAddresses', { NetworkInterfaceId: one, SecondaryPrivateIpAddressCount: 1 });
  assert.deepEqual(addressesOf(one), ['10.0.1.10', '10.0.1.50', '10.0.1.51', '10.0.1.4']);
  assert.equal(
    aws.refusal('AssignPrivateIpAddresses', assign(two, '10.0.1.50')),
    'InvalidParameterValue: [10.0.1.50] is assigned but move is not allowed.',
  );
  assert.match(
    aws.refusal('AssignPrivateIpAddresses', { ...assign(two, '10.0.1.10'), AllowReassignment: true }),
    /primary address/,
  );
  aws.call('AssignPrivateIpAddresses', { ...assign(two, '10.0.1.50'), AllowReassignment: true });
  assert.deepEqual(addressesOf(one), ['10.0.1.10', '10.0.1.51', '10.0.1.4']);
  assert.deepEqual(addressesOf(two), ['10.0.1.11', '10.0.1.50']);
  for (const outside of ['10.0.2.9', '10.0.1.2']) {
    assert.match(aws.refusal('AssignPrivateIpAddresses', assign(two, outside)), /^InvalidParameterValue/);
  }
  assert.match(aws.refusal('AssignPrivateIpAddresses', { NetworkInterfaceId: two }), /^MissingParameter/);
  assert.match(
    aws.refusal('AssignPrivateIpAddresses', { ...assign(two, '10.0.1.60'), SecondaryPrivateIpAddressCount: 1 }),
    /^InvalidParameterCombination/,
  );
  assert.equal(
    aws.refusal('AssignPrivateIpAddresses', { NetworkInterfaceId: two, Ipv4PrefixCount: 1 }),
    'UnsupportedOperation: The parameter Ipv4PrefixCount is not supported by Culvert.',
  );
  assert.match(aws.refusal('UnassignPrivateIpAddresses', assign(two, '10.0.1.11')), /primary address/);
  assert.match(aws.refusal('UnassignPrivateIpAddresses', assign(two, '10.0.1.51')), /not assigned to interface/);
  aws.call('UnassignPrivateIpAddresses', assign(two, '10.0.1.50'));
  assert.deepEqual(addressesOf(two), ['10.0.1.11']);
});
