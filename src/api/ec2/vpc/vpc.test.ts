import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';

test('the first call in a region finds the default VPC, as AWS gives it', () => {
  const aws = harness();
  const { Vpcs } = aws.call('DescribeVpcs', {});
  assert.equal(Vpcs.length, 1);
  assert.equal(Vpcs[0].IsDefault, true);
  assert.equal(Vpcs[0].CidrBlock, '172.31.0.0/16');
  assert.equal(aws.intent.revision, 1);
  const VpcId = Vpcs[0].VpcId;
  const { Subnets } = aws.call('DescribeSubnets', {});
  assert.deepEqual(
    Subnets.map((subnet) => [
      subnet.AvailabilityZone,
      subnet.CidrBlock,
      subnet.MapPublicIpOnLaunch,
      subnet.DefaultForAz,
    ]),
    [
      ['ap-south-1a', '172.31.0.0/20', true, true],
      ['ap-south-1b', '172.31.16.0/20', true, true],
      ['ap-south-1c', '172.31.32.0/20', true, true],
    ],
  );
  assert.equal(Subnets[0].AvailableIpAddressCount, 4091);
  const gateway = aws.call('DescribeInternetGateways', {}).InternetGateways[0];
  assert.equal(gateway.Attachments[0].VpcId, VpcId);
  const routes = aws.call('DescribeRouteTables', {}).RouteTables[0].Routes;
  assert.deepEqual(
    routes.map((route) => [route.DestinationCidrBlock, route.GatewayId, route.State]),
    [
      ['172.31.0.0/16', 'local', 'active'],
      ['0.0.0.0/0', gateway.InternetGatewayId, 'active'],
    ],
  );
  assert.equal(aws.intent.revision, 1, 'describing again changes nothing');
  const options = aws.call('DescribeDhcpOptions', {}).DhcpOptions[0];
  assert.equal(options.DhcpOptionsId, Vpcs[0].DhcpOptionsId);
  assert.equal(options.DhcpConfigurations[0].Values[0].Value, 'ap-south-1.compute.internal');
});

test('each account has its own, and none in a region that needs opting in', () => {
  const aws = harness();
  const mine = aws.call('DescribeVpcs', {}).Vpcs[0].VpcId;
  const theirs = aws.as('999988887777').call('DescribeVpcs', {}).Vpcs[0].VpcId;
  assert.notEqual(mine, theirs);
  assert.equal(
    aws.as('999988887777').refusal('DescribeVpcs', { VpcIds: [mine] }),
    `InvalidVpcID.NotFound: The vpc ID '${mine}' does not exist`,
  );
  const elsewhere = aws.as('111122223333', 'us-east-1');
  assert.equal(elsewhere.call('DescribeSubnets', {}).Subnets.length, 6);
  assert.match(elsewhere.refusal('DeleteVpc', { VpcId: mine }), /^InvalidVpcID.NotFound/);
  assert.equal(
    aws.as('111122223333', 'af-south-1').refusal('DescribeVpcs', {}),
    'AuthFailure: AWS was not able to validate the provided access credentials',
  );
  assert.throws(() => aws.as('111122223333', 'af-south-1').call('DescribeVpcs', {}), { status: 401 });
  assert.match(aws.as('111122223333', 'mars-1').refusal('DescribeVpcs', {}), /^InvalidParameterValue: Invalid region/);
});

test('a new VPC is born with main table, default group, default ACL', () => {
  const aws = harness();
  const { Vpc } = aws.call('CreateVpc', {
    CidrBlock: '10.0.5.9/16',
    TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'a' }] }],
  });
  assert.equal(Vpc.CidrBlock, '10.0.0.0/16');
  assert.deepEqual(Vpc.Tags, [{ Key: 'Name', Value: 'a' }]);
  const Filters = [{ Name: 'vpc-id', Values: [Vpc.VpcId] }];
  const table = aws.call('DescribeRouteTables', { Filters }).RouteTables[0];
  assert.equal(table.Associations[0].Main, true);
  assert.deepEqual(
    table.Routes.map((route) => route.GatewayId),
    ['local'],
  );
  const group = aws.call('DescribeSecurityGroups', { Filters }).SecurityGroups[0];
  assert.equal(group.GroupName, 'default');
  assert.equal(group.IpPermissions[0].UserIdGroupPairs[0].GroupId, group.GroupId);
  assert.deepEqual(
    group.IpPermissionsEgress[0].IpRanges.map((range) => range.CidrIp),
    ['0.0.0.0/0'],
  );
  const acl = aws.call('DescribeNetworkAcls', { Filters }).NetworkAcls[0];
  assert.equal(acl.IsDefault, true);
  assert.deepEqual(
    acl.Entries.map((entry) => [entry.RuleNumber, entry.RuleAction, entry.Egress]),
    [
      [100, 'allow', true],
      [32767, 'deny', true],
      [100, 'allow', false],
      [32767, 'deny', false],
    ],
  );
});

test('blocks: /16 to /28, and none of those that no VPC can have', () => {
  const aws = harness();
  for (const CidrBlock of [
    '10.0.0.0/15',
    '10.0.0.0/29',
    '10.0.0.0/0',
    '0.0.0.0/16',
    '0.255.0.0/24',
    '127.0.0.0/16',
    '169.254.0.0/16',
    '169.254.7.0/28',
    '224.0.0.0/24',
    '240.0.0.0/16',
    '255.255.0.0/16',
  ]) {
    assert.match(aws.refusal('CreateVpc', { CidrBlock }), /^InvalidVpc.Range: The CIDR '.*' is invalid\.$/);
  }
  for (const CidrBlock of ['10.0.0.0', '10.0.0/16', 'x', '10.0.0.0/33', '2001:db8::/56', '010.0.0.0/16']) {
    assert.equal(
      aws.refusal('CreateVpc', { CidrBlock }),
      `InvalidParameterValue: Value (${CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  assert.match(aws.refusal('CreateVpc', {}), /^MissingParameter: Either 'cidrBlock' or 'ipv4IpamPoolId'/);
  assert.equal(
    aws.refusal('CreateVpc', { CidrBlock: '10.0.0.0/16', Ipv6CidrBlock: '::/56' }),
    'UnsupportedOperation: The parameter Ipv6CidrBlock is not supported by Culvert.',
  );
});

test('five VPCs in a region', () => {
  const aws = harness();
  for (let n = 0; n < 4; n++) aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' });
  assert.equal(
    aws.refusal('CreateVpc', { CidrBlock: '10.0.0.0/16' }),
    'VpcLimitExceeded: The maximum number of VPCs has been reached.',
  );
  aws.as('111122223333', 'eu-west-1').call('CreateVpc', { CidrBlock: '10.0.0.0/16' });
});

test('deleting: refused while anything is in it, then takes along what it was born with', () => {
  const aws = harness();
  aws.call('DescribeVpcs', {});
  const sizes = () =>
    (['vpc', 'routeTable', 'routeTableAssociation', 'securityGroup', 'securityGroupRule', 'networkAcl'] as const).map(
      (kind) => aws.intent.table(kind).size,
    );
  const before = sizes();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const refused = () =>
    assert.equal(
      aws.refusal('DeleteVpc', { VpcId }),
      `DependencyViolation: The vpc '${VpcId}' has dependencies and cannot be deleted.`,
    );
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' }).Subnet;
  refused();
  aws.call('DeleteSubnet', { SubnetId });
  const { GroupId } = aws.call('CreateSecurityGroup', { VpcId, GroupName: 'a', Description: 'a' });
  refused();
  aws.call('DeleteSecurityGroup', { GroupId });
  const { RouteTableId } = aws.call('CreateRouteTable', { VpcId }).RouteTable;
  refused();
  aws.call('DeleteRouteTable', { RouteTableId });
  const { InternetGatewayId } = aws.call('CreateInternetGateway', {}).InternetGateway;
  aws.call('AttachInternetGateway', { VpcId, InternetGatewayId });
  refused();
  aws.call('DetachInternetGateway', { VpcId, InternetGatewayId });
  const { VpcEndpointId } = aws.call('CreateVpcEndpoint', {
    VpcId,
    ServiceName: 'com.amazonaws.ap-south-1.s3',
  }).VpcEndpoint;
  refused();
  aws.call('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] });
  aws.call('DeleteVpc', { VpcId });
  assert.deepEqual(sizes(), before);
  assert.equal(aws.refusal('DeleteVpc', { VpcId }), `InvalidVpcID.NotFound: The vpc ID '${VpcId}' does not exist`);
});

test('the DNS attributes: one at a time, hostnames only with support', () => {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const read = () => [
    aws.call('DescribeVpcAttribute', { VpcId, Attribute: 'enableDnsSupport' }).EnableDnsSupport.Value,
    aws.call('DescribeVpcAttribute', { VpcId, Attribute: 'enableDnsHostnames' }).EnableDnsHostnames.Value,
  ];
  assert.deepEqual(read(), [true, false]);
  aws.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  assert.deepEqual(read(), [true, true]);
  aws.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: false } });
  aws.call('ModifyVpcAttribute', { VpcId, EnableDnsSupport: { Value: false } });
  assert.match(
    aws.refusal('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } }),
    /^InvalidParameterCombination/,
  );
  assert.deepEqual(read(), [false, false]);
  assert.match(
    aws.refusal('ModifyVpcAttribute', {
      VpcId,
      EnableDnsSupport: { Value: true },
      EnableDnsHostnames: { Value: true },
    }),
    /^InvalidParameterCombination: Fields for multiple attribute types specified: enableDnsSupport, enableDnsHostnames$/,
  );
  assert.match(aws.refusal('ModifyVpcAttribute', { VpcId }), /^InvalidParameterCombination: No attributes/);
});

test('filters, ids and pages', () => {
  const aws = harness();
  const ids = ['10.0.0.0/16', '10.0.0.0/16', '10.1.0.0/16'].map(
    (CidrBlock) => aws.call('CreateVpc', { CidrBlock }).Vpc.VpcId,
  );
  const by = (Name: string, ...Values: string[]) =>
    aws.call('DescribeVpcs', { Filters: [{ Name, Values }] }).Vpcs.map((vpc) => vpc.VpcId);
  assert.deepEqual(by('cidr', '10.0.*'), ids.slice(0, 2));
  assert.equal(by('is-default', 'true').length, 1);
  assert.equal(by('isDefault', 'false').length, 3);
  assert.deepEqual(by('owner-id', '111122223333').length, 4);
  assert.match(
    aws.refusal('DescribeVpcs', { Filters: [{ Name: 'nope', Values: ['x'] }] }),
    /The filter 'nope' is invalid$/,
  );
  assert.deepEqual(
    aws
      .call('DescribeVpcs', { VpcIds: [ids[2] as string, ids[0] as string, ids[2] as string] })
      .Vpcs.map((vpc) => vpc.VpcId),
    [ids[2], ids[0]],
  );
  assert.equal(
    aws.refusal('DescribeVpcs', { VpcIds: [ids[0] as string, 'vpc-0123456789abcdef0'] }),
    "InvalidVpcID.NotFound: The vpc ID 'vpc-0123456789abcdef0' does not exist",
  );
});

test('another default VPC only once the first is gone; default subnets likewise', () => {
  const aws = harness();
  assert.equal(
    aws.refusal('CreateDefaultVpc', {}),
    'DefaultVpcAlreadyExists: A Default VPC already exists for this account in this region.',
  );
  const { Subnets } = aws.call('DescribeSubnets', {});
  const gateway = aws.call('DescribeInternetGateways', {}).InternetGateways[0];
  const { VpcId } = gateway.Attachments[0];
  assert.equal(
    aws.refusal('CreateDefaultSubnet', { AvailabilityZone: 'ap-south-1b' }),
    `DefaultSubnetAlreadyExistsInAvailabilityZone: '${Subnets[1]?.SubnetId}' is already the default subnet in ap-south-1b.`,
  );
  aws.call('DeleteSubnet', { SubnetId: Subnets[1]?.SubnetId as string });
  const again = aws.call('CreateDefaultSubnet', { AvailabilityZone: 'ap-south-1b' }).Subnet;
  assert.deepEqual([again.CidrBlock, again.DefaultForAz], ['172.31.16.0/20', true]);
  for (const { SubnetId } of aws.call('DescribeSubnets', {}).Subnets) aws.call('DeleteSubnet', { SubnetId });
  const { InternetGatewayId } = gateway;
  aws.call('DetachInternetGateway', { InternetGatewayId, VpcId });
  aws.call('DeleteInternetGateway', { InternetGatewayId });
  aws.call('DeleteVpc', { VpcId });
  assert.equal(aws.call('DescribeVpcs', {}).Vpcs.length, 0, 'a deleted default VPC does not come back by itself');
  assert.match(aws.refusal('CreateDefaultSubnet', { AvailabilityZone: 'ap-south-1b' }), /^DefaultVpcDoesNotExist/);
  assert.equal(aws.call('CreateDefaultVpc', {}).Vpc.IsDefault, true);
  assert.equal(aws.call('DescribeSubnets', {}).Subnets.length, 3);
});

test('tenancy is told back', () => {
  const aws = harness();
  const CidrBlock = '10.0.0.0/16';
  assert.equal(aws.call('CreateVpc', { CidrBlock }).Vpc.InstanceTenancy, 'default');
  const made = aws.call('CreateVpc', { CidrBlock, InstanceTenancy: 'dedicated' }).Vpc;
  assert.equal(made.InstanceTenancy, 'dedicated');
  assert.equal(aws.call('DescribeVpcs', { VpcIds: [made.VpcId] }).Vpcs[0].InstanceTenancy, 'dedicated');
  assert.match(aws.refusal('CreateVpc', { CidrBlock, InstanceTenancy: 'host' }), /^UnsupportedOperation: .*'host'/);
});

test('a dry run of the first call leaves nothing, not even the default VPC', () => {
  const aws = harness();
  assert.match(aws.refusal('CreateVpc', { CidrBlock: '10.0.0.0/16', DryRun: true }), /^DryRunOperation/);
  assert.equal(aws.intent.table('vpc').size, 0);
});
