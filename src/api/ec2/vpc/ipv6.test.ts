/** IPv6 of VPCs, subnets, interfaces, instances, groups and routes, as calls: what is given, shown, found and refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrContains, cidrOf } from '../../../net/cidr.ts';
import { parseIp } from '../../../net/ip.ts';
import { ACCOUNT, type Harness, harness } from '../../testing.ts';
import { IMAGE } from '../instance/fixture.ts';

/** A VPC with a block of IPv6, and one subnet with a part of it. */
function start() {
  const aws = harness();
  const { VpcId, Ipv6CidrBlockAssociationSet } = aws.call('CreateVpc', {
    CidrBlock: '10.0.0.0/16',
    AmazonProvidedIpv6CidrBlock: true,
  }).Vpc;
  const [{ Ipv6CidrBlock: block, AssociationId }] = Ipv6CidrBlockAssociationSet;
  const part = (n: number, prefix = 64) => block.replace('00::/56', `0${n}::/${prefix}`);
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24', Ipv6CidrBlock: part(1) }).Subnet;
  return { aws, VpcId, SubnetId, block, AssociationId, part };
}

const inBlock = (block: string, address: string) => {
  const ip = parseIp(address);
  return ip !== undefined && cidrContains(cidrOf(block), ip);
};

function interfaceIn({ aws, SubnetId }: { readonly aws: Harness; readonly SubnetId: string }, more: object = {}) {
  return aws.call('CreateNetworkInterface', { SubnetId, ...more }).NetworkInterface;
}

test('a VPC’s block is a /56 of documentation addresses, each VPC another one; five at most', () => {
  const { aws, VpcId, block } = start();
  assert.match(block, /^3fff:0:[0-9a-f:]+::\/56$/);
  const other = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  assert.deepEqual(other.Ipv6CidrBlockAssociationSet, []);
  const associated = aws.call('AssociateVpcCidrBlock', { VpcId: other.VpcId, AmazonProvidedIpv6CidrBlock: true });
  assert.notEqual(associated.Ipv6CidrBlockAssociation.Ipv6CidrBlock, block);
  assert.equal(associated.Ipv6CidrBlockAssociation.Ipv6CidrBlockState.State, 'associated');
  assert.equal(associated.Ipv6CidrBlockAssociation.Ipv6Pool, 'Amazon');
  for (let more = 0; more < 4; more++) aws.call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true });
  assert.equal(
    aws.refusal('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true }),
    `CidrLimitExceeded: This network '${VpcId}' has met its maximum number of allowed CIDRs: 5`,
  );
  assert.match(aws.refusal('AssociateVpcCidrBlock', { VpcId }), /^MissingParameter/);
  assert.match(aws.refusal('AssociateVpcCidrBlock', { VpcId, Ipv6CidrBlock: block }), /^UnsupportedOperation/);
  const found = (name: string, value: string) =>
    aws.call('DescribeVpcs', { Filters: [{ Name: `ipv6-cidr-block-association.${name}`, Values: [value] }] }).Vpcs
      .length;
  assert.deepEqual([found('ipv6-cidr-block', block), found('state', 'associated'), found('ipv6-pool', 'x')], [1, 2, 0]);
});

test('a block is given up only while no subnet has part of it', () => {
  const { aws, SubnetId, VpcId, block, AssociationId } = start();
  assert.equal(
    aws.refusal('DisassociateVpcCidrBlock', { AssociationId }),
    `InvalidCidrBlock.InUse: The vpc currently has a subnet within CIDR block ${block}`,
  );
  const [subnet] = aws.call('DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets;
  const own = subnet.Ipv6CidrBlockAssociationSet[0].AssociationId;
  const { NetworkInterfaceId } = interfaceIn({ aws, SubnetId }, { Ipv6AddressCount: 1 });
  assert.match(aws.refusal('DisassociateSubnetCidrBlock', { AssociationId: own }), /^InvalidCidrBlock.InUse: /);
  aws.call('DeleteNetworkInterface', { NetworkInterfaceId });
  const given = aws.call('DisassociateSubnetCidrBlock', { AssociationId: own });
  assert.equal(given.Ipv6CidrBlockAssociation.Ipv6CidrBlockState.State, 'disassociated');
  assert.match(
    aws.refusal('DisassociateSubnetCidrBlock', { AssociationId: own }),
    /^InvalidSubnetCidrBlockAssociationID.NotFound/,
  );
  aws.call('DisassociateVpcCidrBlock', { AssociationId });
  assert.match(
    aws.refusal('DisassociateVpcCidrBlock', { AssociationId }),
    /^InvalidVpcCidrBlockAssociationID.NotFound/,
  );
  const [vpc] = aws.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs;
  assert.deepEqual(vpc.Ipv6CidrBlockAssociationSet, [] as never);
  assert.match(
    aws.refusal('DisassociateVpcCidrBlock', { AssociationId: vpc.CidrBlockAssociationSet[0].AssociationId }),
    /^OperationNotPermitted: .* primary IPv4 CIDR block/,
  );
  assert.match(
    aws.as('999988887777').refusal('DisassociateVpcCidrBlock', { AssociationId }),
    /^InvalidVpcCidrBlockAssociationID.NotFound/,
  );
});

test('a subnet’s block lies in one of the VPC’s, apart from others, and is the only one', () => {
  const { aws, VpcId, SubnetId, block, part } = start();
  const create = (Ipv6CidrBlock: string) => ({ VpcId, CidrBlock: '10.0.2.0/24', Ipv6CidrBlock });
  assert.match(aws.refusal('CreateSubnet', create(part(1))), /^InvalidSubnet.Conflict/);
  for (const prefix of [55, 57, 62, 63, 65, 68]) {
    assert.match(aws.refusal('CreateSubnet', create(part(2, prefix))), /^InvalidSubnet.Range/, String(prefix));
  }
  const { SubnetId: wide } = aws.call('CreateSubnet', {
    ...{ VpcId, CidrBlock: '10.0.7.0/24', Ipv6CidrBlock: block.replace('00::/56', '10::/60') },
  }).Subnet;
  aws.call('DeleteSubnet', { SubnetId: wide });
  assert.match(aws.refusal('CreateSubnet', create('3fff:0:ff::/64')), /^InvalidSubnet.Range/);
  assert.match(aws.refusal('CreateSubnet', create('10.0.3.0/24')), /^InvalidParameterValue/);
  const second = { SubnetId, Ipv6CidrBlock: part(2) };
  assert.match(aws.refusal('AssociateSubnetCidrBlock', second), /^InvalidSubnet.Conflict/);
  const bare = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.2.0/24' }).Subnet;
  aws.call('AssociateSubnetCidrBlock', { SubnetId: bare.SubnetId, Ipv6CidrBlock: part(2) });
  const Filters = [{ Name: 'ipv6-cidr-block-association.ipv6-cidr-block', Values: [part(2)] }];
  assert.equal(aws.call('DescribeSubnets', { Filters }).Subnets[0].SubnetId, bare.SubnetId);
});

test('interfaces get addresses by choice, by number, or because the subnet says so', () => {
  const n = start();
  const { aws, SubnetId, part } = n;
  const chosen = part(1).replace('::/64', '::20');
  assert.deepEqual(interfaceIn(n).Ipv6Addresses, [] as never);
  assert.equal(interfaceIn(n, { Ipv6Addresses: [{ Ipv6Address: chosen }] }).Ipv6Addresses[0].Ipv6Address, chosen);
  const refused = (more: object) => aws.refusal('CreateNetworkInterface', { SubnetId, ...more });
  assert.equal(
    refused({ Ipv6Addresses: [{ Ipv6Address: chosen }] }),
    `InvalidIPAddress.InUse: Address ${chosen} is in use.`,
  );
  for (const reserved of ['::', '::1', '::2', '::3', ':ffff:ffff:ffff:ffff']) {
    const Ipv6Address = part(1).replace('::/64', reserved);
    assert.match(refused({ Ipv6Addresses: [{ Ipv6Address }] }), /reserved address range$/, reserved);
  }
  const lowest = part(1).replace('::/64', '::4');
  assert.equal(interfaceIn(n, { Ipv6Addresses: [{ Ipv6Address: lowest }] }).Ipv6Addresses[0].Ipv6Address, lowest);
  assert.match(refused({ Ipv6Addresses: [{ Ipv6Address: '3fff:0:ff::9' }] }), /does not fall within/);
  assert.match(refused({ Ipv6Addresses: [{ Ipv6Address: '10.0.1.9' }] }), /^InvalidParameterValue: Value \(10.0.1.9\)/);
  assert.match(
    refused({ Ipv6AddressCount: 1, Ipv6Addresses: [{ Ipv6Address: chosen }] }),
    /^InvalidParameterCombination/,
  );
  const two = interfaceIn(n, { Ipv6AddressCount: 2 });
  const addresses = two.Ipv6Addresses.map((each) => each.Ipv6Address);
  assert.equal(new Set(addresses).size, 2);
  for (const address of addresses) assert.ok(inBlock(part(1), address), address);

  aws.call('ModifySubnetAttribute', { SubnetId, AssignIpv6AddressOnCreation: { Value: true } });
  assert.equal(interfaceIn(n).Ipv6Addresses.length, 1);
  assert.equal(interfaceIn(n, { Ipv6AddressCount: 0 }).Ipv6Addresses.length as number, 0);
  const bare = aws.call('CreateSubnet', { VpcId: n.VpcId, CidrBlock: '10.0.2.0/24' }).Subnet.SubnetId;
  assert.match(refused({ SubnetId: bare, Ipv6AddressCount: 1 }), /does not have an IPv6 CIDR block\.$/);
  assert.match(
    aws.refusal('ModifySubnetAttribute', { SubnetId: bare, AssignIpv6AddressOnCreation: { Value: true } }),
    /does not have an IPv6 CIDR block\.$/,
  );
});

test('addresses are assigned and taken away later', () => {
  const n = start();
  const { aws } = n;
  const { NetworkInterfaceId } = interfaceIn(n, { Ipv6AddressCount: 1 });
  const shown = () =>
    aws
      .call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [NetworkInterfaceId] })
      .NetworkInterfaces[0].Ipv6Addresses.map((each) => each.Ipv6Address);
  const [first = ''] = shown();
  const { AssignedIpv6Addresses: more } = aws.call('AssignIpv6Addresses', { NetworkInterfaceId, Ipv6AddressCount: 2 });
  assert.deepEqual(shown(), [first, ...more]);
  assert.match(aws.refusal('AssignIpv6Addresses', { NetworkInterfaceId }), /^MissingParameter/);
  aws.call('UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: [first] });
  assert.deepEqual(shown(), more);
  assert.equal(
    aws.refusal('UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: [first] }),
    `InvalidParameterValue: Some of the specified addresses are not assigned to interface ${NetworkInterfaceId}`,
  );
  const Filters = [{ Name: 'ipv6-addresses.ipv6-address', Values: [more[0]] }];
  assert.equal(aws.call('DescribeNetworkInterfaces', { Filters }).NetworkInterfaces.length, 1);
});

test('instances are launched with IPv6 and found by it', () => {
  const { aws, SubnetId, part } = start();
  const launch = (more: object) =>
    aws.call('RunInstances', { ImageId: IMAGE, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...more }).Instances;
  const [one] = launch({ SubnetId, Ipv6AddressCount: 1 });
  assert.ok(inBlock(part(1), one.Ipv6Address));
  assert.equal(one.NetworkInterfaces[0].Ipv6Addresses[0].Ipv6Address, one.Ipv6Address);
  const Filters = [{ Name: 'ipv6-address', Values: [one.Ipv6Address] }];
  assert.equal(aws.call('DescribeInstances', { Filters }).Reservations[0].Instances[0].InstanceId, one.InstanceId);
  const chosen = part(1).replace('::/64', '::77');
  const [two] = launch({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, Ipv6Addresses: [{ Ipv6Address: chosen }] }] });
  assert.equal(two.Ipv6Address, chosen);
});

test('group rules name IPv6 blocks; everything may go out with IPv6 too where the VPC has it', () => {
  const { aws, VpcId } = start();
  const { GroupId } = aws.call('CreateSecurityGroup', { VpcId, GroupName: 'g', Description: 'g' });
  const group = () => aws.call('DescribeSecurityGroups', { GroupIds: [GroupId] }).SecurityGroups[0];
  assert.deepEqual(group().IpPermissionsEgress[0].Ipv6Ranges as object[], [{ CidrIpv6: '::/0' }]);
  const permission = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Ipv6Ranges: [{ CidrIpv6: '3FFF:0:1::5/64' }] };
  const made = aws.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [permission] });
  assert.equal(made.SecurityGroupRules[0].CidrIpv6, '3fff:0:1::/64');
  assert.deepEqual(group().IpPermissions[0].Ipv6Ranges as object[], [{ CidrIpv6: '3fff:0:1::/64' }]);
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [permission] }),
    /^InvalidPermission.Duplicate/,
  );
  const wrong = { ...permission, Ipv6Ranges: [{ CidrIpv6: '10.0.0.0/8' }] };
  assert.equal(
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [wrong] }),
    'InvalidParameterValue: CIDR block 10.0.0.0/8 is malformed',
  );
  const Filters = [{ Name: 'ip-permission.ipv6-cidr', Values: ['3fff:0:1::/64'] }];
  assert.equal(aws.call('DescribeSecurityGroups', { Filters }).SecurityGroups[0].GroupId, GroupId);
  const [{ SecurityGroupRuleId }] = made.SecurityGroupRules;
  aws.call('ModifySecurityGroupRules', {
    GroupId,
    SecurityGroupRules: [
      { SecurityGroupRuleId, SecurityGroupRule: { IpProtocol: 'icmpv6', FromPort: 128, ToPort: -1, CidrIpv6: '::/0' } },
    ],
  });
  assert.equal(group().IpPermissions[0].IpProtocol, 'icmpv6');
  const revoked = { IpProtocol: 'icmpv6', FromPort: 128, ToPort: -1, Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
  const gone = aws.call('RevokeSecurityGroupIngress', { GroupId, IpPermissions: [revoked] });
  assert.equal(gone.RevokedSecurityGroupRules[0].CidrIpv6, '::/0');
});

test('a block that comes later opens the default group too, unless somebody closed it', () => {
  const aws = harness();
  const egressOf = (VpcId: string) =>
    aws.call('DescribeSecurityGroups', { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }).SecurityGroups[0];
  const open = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  aws.call('AssociateVpcCidrBlock', { VpcId: open, AmazonProvidedIpv6CidrBlock: true });
  aws.call('AssociateVpcCidrBlock', { VpcId: open, AmazonProvidedIpv6CidrBlock: true });
  assert.deepEqual(egressOf(open).IpPermissionsEgress[0].Ipv6Ranges as object[], [{ CidrIpv6: '::/0' }]);
  const closed = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const { GroupId, IpPermissionsEgress } = egressOf(closed);
  aws.call('RevokeSecurityGroupEgress', { GroupId, IpPermissions: IpPermissionsEgress });
  aws.call('AssociateVpcCidrBlock', { VpcId: closed, AmazonProvidedIpv6CidrBlock: true });
  assert.deepEqual(egressOf(closed).IpPermissionsEgress, [] as never);
});

test('egress-only gateways: made for a VPC, named by routes of IPv6, gone with a blackhole left', () => {
  const { aws, VpcId, block } = start();
  const gateway = aws.call('CreateEgressOnlyInternetGateway', {
    VpcId,
    TagSpecifications: [{ ResourceType: 'egress-only-internet-gateway', Tags: [{ Key: 'a', Value: 'b' }] }],
  }).EgressOnlyInternetGateway;
  const id = gateway.EgressOnlyInternetGatewayId;
  assert.match(id, /^eigw-[0-9a-f]{17}$/);
  assert.deepEqual(gateway.Attachments as object[], [{ State: 'attached', VpcId }]);
  const Filters = [{ Name: 'tag:a', Values: ['b'] }];
  assert.equal(aws.call('DescribeEgressOnlyInternetGateways', { Filters }).EgressOnlyInternetGateways.length, 1);
  for (const Name of ['attachment.vpc-id', 'egress-only-internet-gateway-id', 'vpc-id']) {
    assert.equal(
      aws.refusal('DescribeEgressOnlyInternetGateways', { Filters: [{ Name, Values: [VpcId] }] }),
      `InvalidParameterValue: The filter '${Name}' is invalid`,
    );
  }

  const RouteTableId = aws.call('CreateRouteTable', { VpcId }).RouteTable.RouteTableId;
  const route = { RouteTableId, DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: id };
  aws.call('CreateRoute', route);
  const routes = () => aws.call('DescribeRouteTables', { RouteTableIds: [RouteTableId] }).RouteTables[0].Routes;
  assert.deepEqual(
    routes().map((each) => [each.DestinationIpv6CidrBlock ?? each.DestinationCidrBlock, each.State]),
    [
      ['10.0.0.0/16', 'active'],
      [block, 'active'],
      ['::/0', 'active'],
    ],
  );
  assert.match(aws.refusal('CreateRoute', route), /^RouteAlreadyExists: The route identified by ::\/0 already exists/);
  const four = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', EgressOnlyInternetGatewayId: id };
  assert.match(aws.refusal('CreateRoute', four), /^InvalidParameterValue/);
  assert.match(aws.refusal('CreateRoute', { ...four, ...route }), /^InvalidParameterCombination/);
  assert.match(
    aws.refusal('DeleteRoute', { RouteTableId, DestinationIpv6CidrBlock: block }),
    /^InvalidParameterValue: cannot remove local route/,
  );
  assert.match(aws.refusal('DeleteVpc', { VpcId }), /^DependencyViolation/);
  aws.call('DeleteEgressOnlyInternetGateway', { EgressOnlyInternetGatewayId: id });
  assert.equal(routes().at(-1)?.State, 'blackhole');
  assert.match(
    aws.refusal('DeleteEgressOnlyInternetGateway', { EgressOnlyInternetGatewayId: id }),
    /^InvalidGatewayID.NotFound/,
  );
  const other = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const foreign = aws.call('CreateEgressOnlyInternetGateway', { VpcId: other }).EgressOnlyInternetGateway;
  assert.match(
    aws.refusal('ReplaceRoute', { ...route, EgressOnlyInternetGatewayId: foreign.EgressOnlyInternetGatewayId }),
    /belong to different networks$/,
  );
});

test('five egress-only gateways a region', () => {
  const { aws, VpcId } = start();
  const make = (h = aws, vpc = VpcId) =>
    h.call('CreateEgressOnlyInternetGateway', { VpcId: vpc }).EgressOnlyInternetGateway.EgressOnlyInternetGatewayId;
  const [first] = Array.from({ length: 5 }, () => make());
  assert.equal(
    aws.refusal('CreateEgressOnlyInternetGateway', { VpcId }),
    'EgressOnlyInternetGatewayLimitExceeded: The maximum number of egress-only internet gateways has been reached.',
  );
  // Another region has five of its own.
  const elsewhere = aws.as(ACCOUNT, 'us-east-1');
  make(elsewhere, elsewhere.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId);
  aws.call('DeleteEgressOnlyInternetGateway', { EgressOnlyInternetGatewayId: first ?? '' });
  make();
});

test('an instance’s interface has as many addresses as its type takes, however they come', () => {
  const started = start();
  const { aws, SubnetId } = started;
  const text = 'PrivateIpAddressLimitExceeded: Number of IPv6 addresses will exceed limit.';
  const launch = { ImageId: IMAGE, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const;
  assert.equal(aws.refusal('RunInstances', { ...launch, SubnetId, Ipv6AddressCount: 3 }), text);
  const many = { DeviceIndex: 0, SubnetId, Ipv6AddressCount: 3 };
  assert.equal(aws.refusal('RunInstances', { ...launch, NetworkInterfaces: [many] }), text);
  const crowded = interfaceIn(started, { Ipv6AddressCount: 3 }).NetworkInterfaceId;
  const given = { DeviceIndex: 0, NetworkInterfaceId: crowded };
  assert.equal(aws.refusal('RunInstances', { ...launch, NetworkInterfaces: [given] }), text);
  const [{ NetworkInterfaces }] = aws.call('RunInstances', {
    ...launch,
    SubnetId,
    Ipv6AddressCount: 1,
  }).Instances;
  const [{ NetworkInterfaceId }] = NetworkInterfaces;
  assert.equal(aws.refusal('AssignIpv6Addresses', { NetworkInterfaceId, Ipv6AddressCount: 2 }), text);
  const chosen = [11, 12].map((n) => started.part(1).replace('::/64', `::${n}`));
  assert.equal(aws.refusal('AssignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: chosen }), text);
  aws.call('AssignIpv6Addresses', { NetworkInterfaceId, Ipv6AddressCount: 1 });
  assert.equal(aws.refusal('AssignIpv6Addresses', { NetworkInterfaceId, Ipv6AddressCount: 1 }), text);
  // Attached to none it may have any number.
  aws.call('AssignIpv6Addresses', { NetworkInterfaceId: crowded, Ipv6AddressCount: 5 });
});
