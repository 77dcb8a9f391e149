import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';

function start() {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  return { aws, VpcId };
}

test('blocks: inside the VPC, clear of other subnets, /16 to /28, made canonical', () => {
  const { aws, VpcId } = start();
  const subnet = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.77/24' }).Subnet;
  assert.equal(subnet.CidrBlock, '10.0.1.0/24');
  assert.equal(subnet.AvailableIpAddressCount, 251);
  assert.match(subnet.SubnetArn, /^arn:aws:ec2:ap-south-1:111122223333:subnet\/subnet-/);
  for (const CidrBlock of ['10.0.1.0/28', '10.0.0.0/16', '10.0.1.128/25']) {
    assert.equal(
      aws.refusal('CreateSubnet', { VpcId, CidrBlock }),
      `InvalidSubnet.Conflict: The CIDR '${CidrBlock}' conflicts with another subnet`,
    );
  }
  for (const CidrBlock of ['10.1.0.0/24', '10.0.2.0/29', '10.0.0.0/15']) {
    assert.match(
      aws.refusal('CreateSubnet', { VpcId, CidrBlock }),
      /^InvalidSubnet.Range: The CIDR '.*' is invalid\.$/,
    );
  }
  assert.match(aws.refusal('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/x' }), /^InvalidParameterValue: Value \(10/);
  assert.match(
    aws.refusal('CreateSubnet', { VpcId: 'vpc-0123456789abcdef0', CidrBlock: '10.0.2.0/24' }),
    /^InvalidVpcID.NotFound/,
  );
});

test('zones by name or id, as this account calls them; the first where none is named', () => {
  const { aws, VpcId } = start();
  const unnamed = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.9.0/24' }).Subnet;
  assert.equal(unnamed.AvailabilityZone, 'ap-south-1a');
  const both = { AvailabilityZone: 'ap-south-1c', AvailabilityZoneId: unnamed.AvailabilityZoneId };
  assert.match(
    aws.refusal('CreateSubnet', { VpcId, CidrBlock: '10.0.3.0/24', ...both }),
    /^InvalidParameterCombination: /,
  );
  const zones = aws.call('DescribeAvailabilityZones', {}).AvailabilityZones;
  const zone = zones.find((each) => each.ZoneName === 'ap-south-1c');
  const byName = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24', AvailabilityZone: 'ap-south-1c' }).Subnet;
  const byId = aws.call('CreateSubnet', {
    VpcId,
    CidrBlock: '10.0.2.0/24',
    AvailabilityZoneId: zone?.ZoneId as string,
  }).Subnet;
  for (const subnet of [byName, byId]) {
    assert.deepEqual([subnet.AvailabilityZone, subnet.AvailabilityZoneId], ['ap-south-1c', zone?.ZoneId]);
  }
  assert.equal(
    aws.refusal('CreateSubnet', { VpcId, CidrBlock: '10.0.3.0/24', AvailabilityZone: 'us-east-1a' }),
    'InvalidParameterValue: Value (us-east-1a) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ap-south-1a, ap-south-1b, ap-south-1c.',
  );
  assert.match(
    aws.refusal('CreateSubnet', { VpcId, CidrBlock: '10.0.3.0/24', AvailabilityZoneId: 'use1-az1' }),
    /availabilityZoneId is invalid/,
  );
});

test('deleting: refused while an interface is in it; its association goes along', () => {
  const { aws, VpcId } = start();
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  const { RouteTableId } = aws.call('CreateRouteTable', { VpcId }).RouteTable;
  aws.call('AssociateRouteTable', { RouteTableId, SubnetId });
  const { NetworkInterfaceId } = aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface;
  assert.equal(
    aws.refusal('DeleteSubnet', { SubnetId }),
    `DependencyViolation: The subnet '${SubnetId}' has dependencies and cannot be deleted.`,
  );
  aws.call('DeleteNetworkInterface', { NetworkInterfaceId });
  aws.call('DeleteSubnet', { SubnetId });
  assert.equal(
    aws.refusal('DeleteSubnet', { SubnetId }),
    `InvalidSubnetID.NotFound: The subnet ID '${SubnetId}' does not exist`,
  );
  aws.call('DeleteRouteTable', { RouteTableId });
});

test('public addresses on launch can be switched; other attributes only left as they are', () => {
  const { aws, VpcId } = start();
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  aws.call('ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value: true } });
  assert.equal(aws.call('DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets[0].MapPublicIpOnLaunch, true);
  aws.call('ModifySubnetAttribute', { SubnetId, EnableDns64: { Value: false } });
  assert.equal(
    aws.refusal('ModifySubnetAttribute', { SubnetId, EnableDns64: { Value: true } }),
    "UnsupportedOperation: The value 'true' for parameter EnableDns64.Value is not supported by Culvert.",
  );
});

test('filters', () => {
  const { aws, VpcId } = start();
  for (const n of [1, 2, 3]) {
    aws.call('CreateSubnet', {
      VpcId,
      CidrBlock: `10.0.${n}.0/24`,
      AvailabilityZone: `ap-south-1${'abc'[n - 1]}`,
      TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'tier', Value: n === 1 ? 'public' : 'private' }] }],
    });
  }
  const by = (Name: string, ...Values: string[]) =>
    aws
      .call('DescribeSubnets', {
        Filters: [
          { Name: 'vpc-id', Values: [VpcId] },
          { Name, Values },
        ],
      })
      .Subnets.map((subnet) => subnet.CidrBlock);
  assert.deepEqual(by('availability-zone', 'ap-south-1b'), ['10.0.2.0/24']);
  assert.deepEqual(by('tag:tier', 'private'), ['10.0.2.0/24', '10.0.3.0/24']);
  assert.deepEqual(by('cidr-block', '10.0.1.0/24'), ['10.0.1.0/24']);
  assert.deepEqual(by('available-ip-address-count', '251').length, 3);
  assert.deepEqual(by('default-for-az', 'true'), []);
});
