/** Route tables and internet gateways belong together: a route is as good as its gateway. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';

function start() {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { RouteTableId } = aws.call('CreateRouteTable', { VpcId }).RouteTable;
  const { InternetGatewayId } = aws.call('CreateInternetGateway', {}).InternetGateway;
  aws.call('AttachInternetGateway', { VpcId, InternetGatewayId });
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  const routes = () =>
    aws
      .call('DescribeRouteTables', { RouteTableIds: [RouteTableId] })
      .RouteTables[0].Routes.map((route) => `${route.DestinationCidrBlock} ${route.GatewayId} ${route.State}`);
  return { aws, VpcId, RouteTableId, InternetGatewayId, SubnetId, routes };
}

const NOWHERE = 'rtb-0123456789abcdef0';

test('routes: made, refused twice, replaced, deleted', () => {
  const { aws, RouteTableId, InternetGatewayId: GatewayId, routes } = start();
  const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' };
  assert.equal(
    aws.refusal('ReplaceRoute', { ...route, GatewayId }),
    "InvalidParameterValue: There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead.",
  );
  assert.equal(aws.call('CreateRoute', { ...route, GatewayId }).Return, true);
  assert.equal(
    aws.refusal('CreateRoute', { ...route, GatewayId }),
    'RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.',
  );
  aws.call('ReplaceRoute', { ...route, GatewayId });
  aws.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '192.0.2.77/24', GatewayId });
  assert.deepEqual(routes(), [
    '10.0.0.0/16 local active',
    `0.0.0.0/0 ${GatewayId} active`,
    `192.0.2.0/24 ${GatewayId} active`,
  ]);
  aws.call('DeleteRoute', route);
  assert.equal(
    aws.refusal('DeleteRoute', route),
    `InvalidRoute.NotFound: no route with destination-cidr-block 0.0.0.0/0 in route table ${RouteTableId}`,
  );
  assert.equal(
    aws.refusal('DeleteRoute', { RouteTableId, DestinationCidrBlock: '10.0.0.0/16' }),
    `InvalidParameterValue: cannot remove local route 10.0.0.0/16 in route table ${RouteTableId}`,
  );
});

test('routes that cannot be', () => {
  const { aws, VpcId, RouteTableId, InternetGatewayId: GatewayId } = start();
  const DestinationCidrBlock = '0.0.0.0/0';
  const foreign = aws.call('CreateInternetGateway', {}).InternetGateway.InternetGatewayId;
  assert.equal(
    aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock, GatewayId: foreign }),
    `InvalidParameterValue: route table ${RouteTableId} and network gateway ${foreign} belong to different networks`,
  );
  for (const inside of ['10.0.0.0/16', '10.0.9.0/24']) {
    assert.match(
      aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock: inside, GatewayId }),
      /equal to or more specific than one of this VPC's CIDR blocks/,
    );
  }
  assert.match(
    aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock, GatewayId: 'igw-0123456789abcdef0' }),
    /^InvalidGatewayID.NotFound/,
  );
  assert.match(aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock }), /^MissingParameter/);
  assert.match(aws.refusal('CreateRoute', { RouteTableId, GatewayId }), /^MissingParameter/);
  assert.match(
    aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0', GatewayId }),
    /^InvalidParameterValue: Value \(0\.0\.0\.0\) for parameter destinationCidrBlock/,
  );
  assert.equal(
    aws.refusal('CreateRoute', { RouteTableId: NOWHERE, DestinationCidrBlock, GatewayId }),
    `InvalidRouteTableID.NotFound: The routeTable ID '${NOWHERE}' does not exist`,
  );
  assert.equal(
    aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock, VpcEndpointId: 'vpce-0123456789abcdef0' }),
    'UnsupportedOperation: The parameter VpcEndpointId is not supported by Culvert.',
  );
  assert.equal(aws.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs.length, 1);
});

const EDITS = ['CreateRoute', 'ReplaceRoute'] as const;

test('a route has exactly one destination', () => {
  const { aws, RouteTableId, InternetGatewayId: GatewayId, routes } = start();
  const text =
    'The request must contain exactly one of: destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId';
  const block = { DestinationCidrBlock: '0.0.0.0/0' };
  const others = [{ DestinationIpv6CidrBlock: '::/0' }, { DestinationPrefixListId: 'pl-0123456789abcdef0' }];
  const before = routes();
  for (const name of [...EDITS, 'DeleteRoute'] as const) {
    const asked = { RouteTableId, ...(name !== 'DeleteRoute' && { GatewayId }) };
    assert.equal(aws.refusal(name, asked), `MissingParameter: ${text}`);
    for (const other of others) {
      assert.equal(aws.refusal(name, { ...asked, ...block, ...other }), `InvalidParameterCombination: ${text}`);
    }
    assert.equal(aws.refusal(name, { ...asked, ...others[0], ...others[1] }), `InvalidParameterCombination: ${text}`);
  }
  assert.deepEqual(routes(), before);
});

test('a route has exactly one target', () => {
  const { aws, RouteTableId, InternetGatewayId: GatewayId, SubnetId, routes } = start();
  const text =
    /: The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, .* coreNetworkArn or instanceId$/;
  const { NetworkInterfaceId } = aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface;
  const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' };
  aws.call('CreateRoute', { ...route, GatewayId });
  const before = routes();
  const others = {
    EgressOnlyInternetGatewayId: 'eigw-0123456789abcdef0',
    VpcPeeringConnectionId: 'pcx-0123456789abcdef0',
    TransitGatewayId: 'tgw-0123456789abcdef0',
    NetworkInterfaceId,
    InstanceId: 'i-0123456789abcdef0',
    NatGatewayId: 'nat-0123456789abcdef0',
  };
  for (const name of EDITS) {
    const none = aws.refusal(name, route);
    assert.match(none, /^MissingParameter: /);
    assert.match(none, text);
    for (const [member, id] of Object.entries(others)) {
      const two = aws.refusal(name, { ...route, GatewayId, [member]: id });
      assert.match(two, /^InvalidParameterCombination: /, member);
      assert.match(two, text);
    }
  }
  assert.deepEqual(routes(), before);
});

test('a target is of the table’s own VPC', () => {
  const { aws, RouteTableId, InternetGatewayId, routes } = start();
  const VpcId = aws.call('CreateVpc', { CidrBlock: '10.1.0.0/16' }).Vpc.VpcId;
  const third = aws.call('CreateVpc', { CidrBlock: '10.2.0.0/16' }).Vpc.VpcId;
  const SubnetId = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.1.1.0/24' }).Subnet.SubnetId;
  const GatewayId = aws.call('CreateInternetGateway', {}).InternetGateway.InternetGatewayId;
  aws.call('AttachInternetGateway', { VpcId, InternetGatewayId: GatewayId });
  const vgw = aws.call('CreateVpnGateway', { Type: 'ipsec.1' }).VpnGateway.VpnGatewayId;
  aws.call('AttachVpnGateway', { VpcId, VpnGatewayId: vgw });
  const eni = aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface.NetworkInterfaceId;
  const nat = aws.call('CreateNatGateway', { SubnetId, ConnectivityType: 'private' }).NatGateway.NatGatewayId;
  const pcx = aws.call('CreateVpcPeeringConnection', { VpcId, PeerVpcId: third }).VpcPeeringConnection
    .VpcPeeringConnectionId;
  const route = { RouteTableId, DestinationCidrBlock: '192.0.2.0/24' };
  aws.call('CreateRoute', { ...route, GatewayId: InternetGatewayId });
  const before = routes();
  for (const [noun, target] of [
    [`network gateway ${GatewayId}`, { GatewayId }],
    [`network gateway ${vgw}`, { GatewayId: vgw }],
    [`interface ${eni}`, { NetworkInterfaceId: eni }],
    [`NAT gateway ${nat}`, { NatGatewayId: nat }],
    [`VPC peering connection ${pcx}`, { VpcPeeringConnectionId: pcx }],
  ] as const) {
    for (const name of EDITS) {
      assert.equal(
        aws.refusal(name, { ...route, ...target }),
        `InvalidParameterValue: route table ${RouteTableId} and ${noun} belong to different networks`,
      );
    }
  }
  assert.deepEqual(routes(), before);
});

test('only a route that is there is replaced or deleted, named by its destination', () => {
  const { aws, RouteTableId, InternetGatewayId: GatewayId, routes } = start();
  const { PrefixListId } = aws.call('CreateManagedPrefixList', {
    ...{ PrefixListName: 'far', MaxEntries: 1, AddressFamily: 'IPv4' },
  }).PrefixList;
  const before = routes();
  for (const [kind, given] of [
    ['cidr-block', { DestinationCidrBlock: '192.0.2.0/24' }],
    ['ipv6-cidr-block', { DestinationIpv6CidrBlock: '2001:db8::/32' }],
    ['prefix-list-id', { DestinationPrefixListId: PrefixListId }],
  ] as const) {
    const [destination] = Object.values(given);
    assert.equal(
      aws.refusal('DeleteRoute', { RouteTableId, ...given }),
      `InvalidRoute.NotFound: no route with destination-${kind} ${destination} in route table ${RouteTableId}`,
    );
    assert.equal(
      aws.refusal('ReplaceRoute', { RouteTableId, ...given, GatewayId }),
      `InvalidParameterValue: There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
    );
  }
  assert.deepEqual(routes(), before);
});

test('a route turns into a blackhole when its gateway is detached, and back', () => {
  const { aws, VpcId, RouteTableId, InternetGatewayId, routes } = start();
  aws.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId });
  aws.call('DetachInternetGateway', { VpcId, InternetGatewayId });
  assert.equal(routes()[1], `0.0.0.0/0 ${InternetGatewayId} blackhole`);
  aws.call('AttachInternetGateway', { VpcId, InternetGatewayId });
  assert.equal(routes()[1], `0.0.0.0/0 ${InternetGatewayId} active`);
  aws.call('DetachInternetGateway', { VpcId, InternetGatewayId });
  aws.call('DeleteInternetGateway', { InternetGatewayId });
  assert.equal(routes()[1], `0.0.0.0/0 ${InternetGatewayId} blackhole`);
  const by = (Name: string, ...Values: string[]) =>
    aws.call('DescribeRouteTables', { Filters: [{ Name, Values }] }).RouteTables.map((table) => table.RouteTableId);
  assert.deepEqual(by('route.state', 'blackhole'), [RouteTableId]);
  assert.deepEqual(by('route.gateway-id', InternetGatewayId), [RouteTableId]);
});

test('associations: one explicit table a subnet; the same again is the same', () => {
  const { aws, VpcId, RouteTableId, SubnetId } = start();
  const first = aws.call('AssociateRouteTable', { RouteTableId, SubnetId });
  assert.equal(first.AssociationState.State, 'associated');
  assert.equal(aws.call('AssociateRouteTable', { RouteTableId, SubnetId }).AssociationId, first.AssociationId);
  const other = aws.call('CreateRouteTable', { VpcId }).RouteTable.RouteTableId;
  assert.equal(
    aws.refusal('AssociateRouteTable', { RouteTableId: other, SubnetId }),
    `Resource.AlreadyAssociated: the specified association for route table ${other} conflicts with an existing association`,
  );
  assert.equal(
    aws.refusal('DeleteRouteTable', { RouteTableId }),
    `DependencyViolation: The routeTable '${RouteTableId}' has dependencies and cannot be deleted.`,
  );
  const second = aws.call('ReplaceRouteTableAssociation', { AssociationId: first.AssociationId, RouteTableId: other });
  assert.notEqual(second.NewAssociationId, first.AssociationId);
  aws.call('DeleteRouteTable', { RouteTableId });
  assert.match(
    aws.refusal('DisassociateRouteTable', { AssociationId: first.AssociationId }),
    /^InvalidAssociationID.NotFound: The association ID '.*' does not exist$/,
  );
  aws.call('DisassociateRouteTable', { AssociationId: second.NewAssociationId });
  aws.call('DeleteRouteTable', { RouteTableId: other });
  assert.match(aws.refusal('AssociateRouteTable', { RouteTableId: other, SubnetId }), /^InvalidRouteTableID.NotFound/);
});

test('the main association moves but cannot go', () => {
  const { aws, VpcId, RouteTableId } = start();
  const main = aws.call('DescribeRouteTables', {
    Filters: [
      { Name: 'vpc-id', Values: [VpcId] },
      { Name: 'association.main', Values: ['true'] },
    ],
  }).RouteTables[0];
  const { RouteTableAssociationId: AssociationId } = main.Associations[0];
  assert.equal(
    aws.refusal('DisassociateRouteTable', { AssociationId }),
    `InvalidParameterValue: cannot disassociate the main route table association ${AssociationId}`,
  );
  assert.match(aws.refusal('DeleteRouteTable', { RouteTableId: main.RouteTableId }), /^DependencyViolation/);
  aws.call('ReplaceRouteTableAssociation', { AssociationId, RouteTableId });
  assert.equal(aws.intent.table('vpc').get(VpcId)?.mainRouteTableId, RouteTableId);
  aws.call('DeleteRouteTable', { RouteTableId: main.RouteTableId });
  assert.match(aws.refusal('DeleteRouteTable', { RouteTableId }), /^DependencyViolation/);
});

test('tables and subnets of two VPCs do not mix', () => {
  const { aws, RouteTableId, SubnetId } = start();
  const other = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const table = aws.call('CreateRouteTable', { VpcId: other }).RouteTable.RouteTableId;
  assert.equal(
    aws.refusal('AssociateRouteTable', { RouteTableId: table, SubnetId }),
    `InvalidParameterValue: Route table ${table} and subnet ${SubnetId} belong to different networks`,
  );
  const { AssociationId } = aws.call('AssociateRouteTable', { RouteTableId, SubnetId });
  assert.match(
    aws.refusal('ReplaceRouteTableAssociation', { AssociationId, RouteTableId: table }),
    /belong to different networks$/,
  );
});

test('a malformed id of a VPC or a subnet is not found; of a table or a gateway it is malformed', () => {
  const { aws, VpcId, RouteTableId, SubnetId } = start();
  assert.equal(
    aws.refusal('CreateRouteTable', { VpcId: 'vpc-x' }),
    "InvalidVpcID.NotFound: The vpc ID 'vpc-x' does not exist",
  );
  assert.equal(
    aws.refusal('AssociateRouteTable', { RouteTableId, SubnetId: 'subnet-x' }),
    "InvalidSubnetID.NotFound: The subnet ID 'subnet-x' does not exist",
  );
  assert.equal(
    aws.refusal('AssociateRouteTable', { RouteTableId: 'rtb-x', SubnetId }),
    'InvalidRouteTableId.Malformed: Invalid id: "rtb-x"',
  );
  assert.equal(
    aws.refusal('AttachInternetGateway', { VpcId, InternetGatewayId: 'igw-x' }),
    'InvalidInternetGatewayId.Malformed: Invalid id: "igw-x"',
  );
});

test('pages of route tables are of five to a hundred', () => {
  const { aws } = start();
  for (const MaxResults of [4, 101]) {
    assert.match(aws.refusal('DescribeRouteTables', { MaxResults }), /^InvalidParameterValue: .*MaxResults/);
  }
  for (const MaxResults of [5, 100])
    assert.equal(aws.call('DescribeRouteTables', { MaxResults }).RouteTables.length, 3);
});

test('an instance with several interfaces is no target, a route to one of these is', () => {
  const { aws, RouteTableId, SubnetId } = start();
  const ImageId = aws.call('DescribeImages', { Owners: ['amazon'] }).Images[0].ImageId;
  const [instance] = aws.call('RunInstances', {
    ...({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const),
    NetworkInterfaces: [0, 1].map((DeviceIndex) => ({ DeviceIndex, SubnetId })),
  }).Instances;
  const { InstanceId, NetworkInterfaces } = instance;
  const route = { RouteTableId, DestinationCidrBlock: '192.0.2.0/24' };
  assert.match(
    aws.refusal('CreateRoute', { ...route, InstanceId }),
    /^InvalidInstanceID: There are multiple interfaces attached to instance/,
  );
  aws.call('CreateRoute', { ...route, NetworkInterfaceId: NetworkInterfaces[1]?.NetworkInterfaceId ?? '' });
});

test('a repeated client token describes the table as it is now', () => {
  const { aws, VpcId, InternetGatewayId: GatewayId } = start();
  const first = aws.call('CreateRouteTable', { VpcId, ClientToken: 't' });
  assert.equal(first.ClientToken, 't');
  const { RouteTableId } = first.RouteTable;
  aws.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  const again = aws.call('CreateRouteTable', { VpcId, ClientToken: 't' });
  assert.equal(again.RouteTable.RouteTableId, RouteTableId);
  assert.equal(again.RouteTable.Routes.length, 2);
  assert.match(
    aws.refusal('CreateRouteTable', { VpcId: 'vpc-0123456789abcdef0', ClientToken: 't' }),
    /^IdempotentParameterMismatch/,
  );
});

test('internet gateways: one a VPC, attached once, deleted when detached', () => {
  const { aws, VpcId, InternetGatewayId } = start();
  assert.equal(
    aws.refusal('AttachInternetGateway', { VpcId, InternetGatewayId }),
    `Resource.AlreadyAssociated: resource ${InternetGatewayId} is already attached to network ${VpcId}`,
  );
  const other = aws.call('CreateInternetGateway', {
    TagSpecifications: [{ ResourceType: 'internet-gateway', Tags: [{ Key: 'a', Value: 'b' }] }],
  }).InternetGateway;
  assert.deepEqual(other.Tags, [{ Key: 'a', Value: 'b' }]);
  assert.equal(
    aws.refusal('AttachInternetGateway', { VpcId, InternetGatewayId: other.InternetGatewayId }),
    `InvalidParameterValue: Network ${VpcId} already has an internet gateway attached`,
  );
  assert.equal(
    aws.refusal('DetachInternetGateway', { VpcId, InternetGatewayId: other.InternetGatewayId }),
    `Gateway.NotAttached: resource ${other.InternetGatewayId} is not attached to network ${VpcId}`,
  );
  assert.equal(
    aws.refusal('DeleteInternetGateway', { InternetGatewayId }),
    `DependencyViolation: The internetGateway '${InternetGatewayId}' has dependencies and cannot be deleted.`,
  );
  for (let n = 0; n < 2; n++) aws.call('CreateInternetGateway', {});
  assert.match(aws.refusal('CreateInternetGateway', {}), /^InternetGatewayLimitExceeded/);
  aws.call('DeleteInternetGateway', { InternetGatewayId: other.InternetGatewayId });
  assert.equal(
    aws.refusal('DeleteInternetGateway', { InternetGatewayId: other.InternetGatewayId }),
    `InvalidInternetGatewayID.NotFound: The internetGateway ID '${other.InternetGatewayId}' does not exist`,
  );
  assert.match(aws.refusal('DeleteInternetGateway', { InternetGatewayId: 'x' }), /^InvalidInternetGatewayId.Malformed/);
});

test('a gateway stays while a public address is mapped through it', () => {
  const { aws, VpcId, InternetGatewayId, SubnetId } = start();
  const { NetworkInterfaceId } = aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface;
  const port = aws.intent.table('networkInterface').get(NetworkInterfaceId);
  assert.ok(port);
  aws.intent.apply([{ op: 'put', resource: { ...port, publicAddress: '198.18.0.16' } }]);
  assert.equal(
    aws.refusal('DetachInternetGateway', { VpcId, InternetGatewayId }),
    `DependencyViolation: Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
  );
});

test('routes to interfaces and instances: whole subnets inside the VPC, blackholes when nobody is there', () => {
  const { aws, RouteTableId, SubnetId, VpcId } = start();
  const eni = (input: object) => aws.call('CreateNetworkInterface', input as never).NetworkInterface.NetworkInterfaceId;
  const NetworkInterfaceId = eni({ SubnetId });
  const route = { RouteTableId, DestinationCidrBlock: '192.0.2.0/24' };
  const shown = () =>
    aws
      .call('DescribeRouteTables', { RouteTableIds: [RouteTableId] })
      .RouteTables[0].Routes.find((each) => each.DestinationCidrBlock === '192.0.2.0/24');
  aws.call('CreateRoute', { ...route, NetworkInterfaceId });
  assert.equal(shown()?.State, 'blackhole');
  assert.equal(shown()?.InstanceId, undefined);
  const ImageId = aws.call('DescribeImages', { Owners: ['amazon'] }).Images[0].ImageId;
  const launch = { ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const;
  const [instance] = aws.call('RunInstances', {
    ...launch,
    NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId }],
  }).Instances;
  const { InstanceId } = instance;
  assert.deepEqual(
    [shown()?.State, shown()?.InstanceId, shown()?.NetworkInterfaceId],
    ['active', InstanceId, NetworkInterfaceId],
  );
  aws.call('DeleteRoute', route);
  aws.call('CreateRoute', { ...route, InstanceId });
  assert.equal(shown()?.NetworkInterfaceId, NetworkInterfaceId);
  const by = (Name: string, ...Values: string[]) =>
    aws.call('DescribeRouteTables', { Filters: [{ Name, Values }] }).RouteTables.map((table) => table.RouteTableId);
  assert.deepEqual(by('route.instance-id', InstanceId), [RouteTableId]);
  assert.match(
    aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock: '10.0.1.0/25', NetworkInterfaceId }),
    /must be that of a subnet/,
  );
  aws.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '10.0.1.0/24', NetworkInterfaceId });
  assert.match(
    aws.refusal('CreateRoute', { ...route, DestinationCidrBlock: '0.0.0.0/0', NetworkInterfaceId, InstanceId }),
    /^InvalidParameterCombination/,
  );
  const other = aws.call('CreateVpc', { CidrBlock: '10.1.0.0/16' }).Vpc.VpcId;
  const beyond = eni({
    SubnetId: aws.call('CreateSubnet', { VpcId: other, CidrBlock: '10.1.1.0/24' }).Subnet.SubnetId,
  });
  assert.equal(
    aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NetworkInterfaceId: beyond }),
    `InvalidParameterValue: route table ${RouteTableId} and interface ${beyond} belong to different networks`,
  );
  aws.call('CreateVpcEndpoint', {
    VpcId,
    VpcEndpointType: 'Interface',
    ServiceName: 'com.amazonaws.ap-south-1.sqs',
    SubnetIds: [SubnetId],
    PrivateDnsEnabled: false,
  });
  const managed = aws.call('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'interface-type', Values: ['vpc_endpoint'] }],
  });
  assert.match(
    aws.refusal('CreateRoute', {
      RouteTableId,
      DestinationCidrBlock: '0.0.0.0/0',
      NetworkInterfaceId: managed.NetworkInterfaces[0].NetworkInterfaceId,
    }),
    /managed by AWS/,
  );
  aws.call('TerminateInstances', { InstanceIds: [InstanceId] });
  assert.equal(shown()?.State, 'blackhole');
});
