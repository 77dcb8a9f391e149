/** NAT gateways: what is refused, what fails later, quotas, and what holds on to what. Packets: scenarios/vpc/nat-gateway.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';

function start() {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/28' }).Subnet;
  const { InternetGatewayId } = aws.call('CreateInternetGateway', {}).InternetGateway;
  aws.call('AttachInternetGateway', { VpcId, InternetGatewayId });
  const shown = (NatGatewayId: string) =>
    aws.call('DescribeNatGateways', { NatGatewayIds: [NatGatewayId] }).NatGateways[0];
  return { aws, VpcId, SubnetId, InternetGatewayId, shown };
}

const NOWHERE = 'nat-0123456789abcdef0';

test('what is asked for wrongly is refused by name', () => {
  const { aws, SubnetId, VpcId } = start();
  assert.equal(
    aws.refusal('CreateNatGateway', { SubnetId }),
    'MissingParameter: The request must include the AllocationId parameter. Add the required parameter and retry the request.',
  );
  assert.match(
    aws.refusal('CreateNatGateway', { SubnetId, AllocationId: 'eipalloc-0123456789abcdef0' }),
    /^InvalidAllocationID.NotFound/,
  );
  const { AllocationId } = aws.call('AllocateAddress', {});
  assert.match(
    aws.refusal('CreateNatGateway', { SubnetId, AllocationId, ConnectivityType: 'private' }),
    /^InvalidParameterCombination/,
  );
  assert.match(aws.refusal('CreateNatGateway', { VpcId, AvailabilityMode: 'regional' }), /^UnsupportedOperation/);
  assert.match(
    aws.refusal('CreateNatGateway', { SubnetId, AllocationId, PrivateIpAddress: '10.0.9.9' }),
    /^InvalidParameterValue/,
  );
  for (const name of ['SecondaryAllocationIds', 'SecondaryPrivateIpAddresses']) {
    assert.match(
      aws.refusal('CreateNatGateway', { SubnetId, AllocationId, [name]: ['x'] }),
      new RegExp(`^UnsupportedOperation: The parameter ${name}`),
    );
  }
  assert.match(
    aws.refusal('AssociateNatGatewayAddress', { NatGatewayId: NOWHERE, AllocationIds: [AllocationId] }),
    /AssociateNatGatewayAddress is not supported/,
  );
  assert.equal(
    aws.refusal('DeleteNatGateway', { NatGatewayId: NOWHERE }),
    `NatGatewayNotFound: NAT gateway ${NOWHERE} was not found`,
  );
  assert.match(aws.refusal('DeleteNatGateway', { NatGatewayId: 'nat-x' }), /^NatGatewayMalformed/);
});

test('its interface is AWS’s, its address stays with it, and its subnet with both', () => {
  const { aws, SubnetId, VpcId, InternetGatewayId, shown } = start();
  const { AllocationId, PublicIp } = aws.call('AllocateAddress', {});
  const { NatGatewayId } = aws.call('CreateNatGateway', {
    SubnetId,
    AllocationId,
    TagSpecifications: [{ ResourceType: 'natgateway', Tags: [{ Key: 'Name', Value: 'out' }] }],
  }).NatGateway;
  const [address] = shown(NatGatewayId)?.NatGatewayAddresses ?? [];
  assert.equal(address?.PublicIp, PublicIp);
  assert.deepEqual(shown(NatGatewayId)?.Tags, [{ Key: 'Name', Value: 'out' }]);
  const NetworkInterfaceId = address?.NetworkInterfaceId ?? '';
  const [port] = aws.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [NetworkInterfaceId] }).NetworkInterfaces;
  assert.deepEqual(
    [port.InterfaceType, port.Description, port.Groups.length, port.SourceDestCheck, port.RequesterManaged],
    ['nat_gateway', `Interface for NAT Gateway ${NatGatewayId}`, 0, false, true],
  );
  const denied = 'AuthFailure: You do not have permission to access the specified resource.';
  const { AssociationId } = aws.call('DescribeAddresses', { PublicIps: [PublicIp] }).Addresses[0];
  assert.equal(aws.refusal('DisassociateAddress', { AssociationId }), denied);
  assert.equal(
    aws.refusal('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, SourceDestCheck: { Value: true } }),
    denied,
  );
  const eni = aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface.NetworkInterfaceId;
  assert.equal(aws.refusal('AssociateAddress', { AllocationId, NetworkInterfaceId: eni }), denied);
  aws.call('DeleteNetworkInterface', { NetworkInterfaceId: eni });
  assert.match(aws.refusal('ReleaseAddress', { AllocationId }), /^InvalidIPAddress.InUse/);
  assert.match(aws.refusal('DeleteNetworkInterface', { NetworkInterfaceId }), /currently in use/);
  assert.match(aws.refusal('DeleteSubnet', { SubnetId }), /^DependencyViolation/);
  assert.match(aws.refusal('DetachInternetGateway', { VpcId, InternetGatewayId }), /^DependencyViolation/);
  assert.deepEqual(aws.call('DeleteNatGateway', { NatGatewayId }), { NatGatewayId });
  assert.ok(['deleting', 'deleted'].includes(shown(NatGatewayId)?.State ?? ''));
  aws.call('AssociateAddress', {
    AllocationId,
    NetworkInterfaceId: aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface.NetworkInterfaceId,
  });
});

test('what it lacks is told in state failed, and takes nothing away', () => {
  const { aws, SubnetId, shown } = start();
  const { AllocationId } = aws.call('AllocateAddress', {});
  aws.call('CreateNatGateway', { SubnetId, AllocationId });
  const again = { SubnetId, AllocationId, ClientToken: 'once' };
  const failed = aws.call('CreateNatGateway', again).NatGateway.NatGatewayId;
  aws.facts.appliedRevision = aws.intent.revision;
  const repeated = aws.call('CreateNatGateway', again);
  assert.deepEqual(
    [repeated.NatGateway.NatGatewayId, repeated.NatGateway.State, repeated.ClientToken],
    [failed, 'failed', 'once'],
  );
  assert.equal(shown(failed)?.State, 'failed');
  assert.equal(shown(failed)?.FailureCode, 'Resource.AlreadyAssociated');
  for (let n = 0; n < 10; n++) aws.call('CreateNetworkInterface', { SubnetId });
  const full = aws.call('CreateNatGateway', { SubnetId, ConnectivityType: 'private' }).NatGateway.NatGatewayId;
  aws.facts.appliedRevision = aws.intent.revision;
  assert.equal(shown(full)?.FailureCode, 'InsufficientFreeAddressesInSubnet');
  assert.equal(shown(full)?.FailureMessage, 'Subnet has insufficient free addresses to create this NAT gateway');
});

test('five a zone, those that failed not counted; routes to one that is gone are blackholes', () => {
  const { aws, SubnetId, VpcId } = start();
  const make = () => aws.call('CreateNatGateway', { SubnetId, ConnectivityType: 'private' }).NatGateway.NatGatewayId;
  const { AllocationId } = aws.call('AllocateAddress', {});
  const [first = ''] = Array.from({ length: 4 }, make);
  aws.call('CreateNatGateway', { SubnetId, AllocationId });
  assert.equal(
    aws.refusal('CreateNatGateway', { SubnetId, ConnectivityType: 'private' }),
    'NatGatewayLimitExceeded: Performing this operation would exceed the limit of 5 NAT gateways',
  );
  const { RouteTableId } = aws.call('CreateRouteTable', { VpcId }).RouteTable;
  const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' };
  assert.equal(
    aws.refusal('CreateRoute', { ...route, NatGatewayId: NOWHERE }),
    `InvalidNatGatewayID.NotFound: The natGateway ID '${NOWHERE}' does not exist`,
  );
  const other = aws.call('CreateVpc', { CidrBlock: '10.1.0.0/16' }).Vpc.VpcId;
  const foreign = aws.call('CreateRouteTable', { VpcId: other }).RouteTable.RouteTableId;
  assert.match(
    aws.refusal('CreateRoute', { ...route, RouteTableId: foreign, NatGatewayId: first }),
    /belong to different networks/,
  );
  assert.match(
    aws.refusal('CreateRoute', { RouteTableId, DestinationIpv6CidrBlock: '::/0', NatGatewayId: first }),
    /^UnsupportedOperation: Routes of IPv6 to NAT gateways/,
  );
  aws.call('CreateRoute', { ...route, NatGatewayId: first });
  const state = () =>
    aws
      .call('DescribeRouteTables', { Filters: [{ Name: 'route.nat-gateway-id', Values: [first] }] })
      .RouteTables[0]?.Routes?.find(({ NatGatewayId }) => NatGatewayId === first)?.State;
  assert.equal(state(), 'active');
  aws.call('DeleteNatGateway', { NatGatewayId: first });
  assert.equal(state(), 'blackhole');
  aws.facts.appliedRevision = aws.intent.revision;
  make();
});
