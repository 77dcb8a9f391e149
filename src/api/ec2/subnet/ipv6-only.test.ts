/** IPv6-only subnets, as calls: how they are asked for, shown and found, and what cannot stand in one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../../../model/facts.ts';
import { check } from '../../../plan/check.ts';
import { compile } from '../../../plan/compile.ts';
import { elbv2Actions } from '../../elbv2/index.ts';
import { resolverActions } from '../../resolver/index.ts';
import { harness } from '../../testing.ts';
import { ec2Actions } from '../index.ts';
import { IMAGE } from '../instance/fixture.ts';

/** A VPC with IPv6 and an IPv6-only subnet. */
function start() {
  const aws = harness({ ...ec2Actions, ...elbv2Actions, ...resolverActions });
  const { VpcId, Ipv6CidrBlockAssociationSet } = aws.call('CreateVpc', {
    CidrBlock: '10.0.0.0/16',
    AmazonProvidedIpv6CidrBlock: true,
  }).Vpc;
  const part = (n: number) => Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock.replace('00::/56', `0${n}::/64`);
  const made = aws.call('CreateSubnet', { VpcId, Ipv6CidrBlock: part(6), Ipv6Native: true }).Subnet;
  return { aws, VpcId, part, made, SubnetId: made.SubnetId as string };
}

const noIpv4 = (SubnetId: string) => `The subnet '${SubnetId}' does not have an IPv4 CIDR block.`;

test('it has a block of IPv6 alone, and gives every interface an address of it', () => {
  const { aws, made, part, SubnetId } = start();
  assert.deepEqual(
    [made.CidrBlock, made.Ipv6Native, made.AssignIpv6AddressOnCreation, made.AvailableIpAddressCount],
    [undefined, true, true, 0],
  );
  assert.equal(made.PrivateDnsNameOptionsOnLaunch.HostnameType, 'resource-name');
  assert.equal(made.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock, part(6));
  const found = (Name: string, value: string) =>
    aws.call('DescribeSubnets', { Filters: [{ Name, Values: [value] }] }).Subnets.map((each) => each.SubnetId);
  assert.deepEqual(found('ipv6-native', 'true'), [SubnetId]);
  assert.deepEqual(found('private-dns-name-options-on-launch.hostname-type', 'resource-name'), [SubnetId]);
  assert.deepEqual(found('cidr-block', '*').includes(SubnetId), false);
  assert.deepEqual(check(compile(aws.intent, NO_FACTS)), []);
});

test('it is asked for with an IPv6 block and without an IPv4 one', () => {
  const { aws, VpcId, part } = start();
  const refused = (more: object) => aws.refusal('CreateSubnet', { VpcId, ...more });
  assert.equal(
    refused({ Ipv6Native: true, CidrBlock: '10.0.2.0/24', Ipv6CidrBlock: part(7) }),
    'InvalidParameterCombination: The parameter cidrBlock cannot be used with ipv6Native.',
  );
  assert.match(refused({ Ipv6Native: true }), /^MissingParameter: .*ipv6CidrBlock/);
  assert.match(refused({ Ipv6CidrBlock: part(7) }), /^MissingParameter: .*cidrBlock/);
  assert.match(refused({ Ipv6Native: true, Ipv6CidrBlock: part(6) }), /^InvalidSubnet.Conflict/);
  assert.match(refused({ Ipv6Native: true, Ipv6CidrBlock: '3fff:0:ff::/64' }), /^InvalidSubnet.Range/);
  const plain = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.2.0/24', Ipv6Native: false }).Subnet;
  assert.deepEqual([plain.Ipv6Native, plain.CidrBlock], [false, '10.0.2.0/24']);
});

test('what it is it stays', () => {
  const { aws, SubnetId, made } = start();
  const { AssociationId } = made.Ipv6CidrBlockAssociationSet[0];
  const refused = (attribute: object) => aws.refusal('ModifySubnetAttribute', { SubnetId, ...attribute });
  assert.equal(refused({ MapPublicIpOnLaunch: { Value: true } }), `InvalidParameterValue: ${noIpv4(SubnetId)}`);
  assert.match(refused({ AssignIpv6AddressOnCreation: { Value: false } }), /^InvalidParameterValue: .* is IPv6 only/);
  assert.match(refused({ PrivateDnsHostnameTypeOnLaunch: 'ip-name' }), /^UnsupportedOperation: The value 'ip-name'/);
  assert.match(aws.refusal('DisassociateSubnetCidrBlock', { AssociationId }), /^OperationNotPermitted: .*IPv6-only/);
  for (const attribute of [
    { MapPublicIpOnLaunch: { Value: false } },
    { AssignIpv6AddressOnCreation: { Value: true } },
    { PrivateDnsHostnameTypeOnLaunch: 'resource-name' as const },
  ]) {
    aws.call('ModifySubnetAttribute', { SubnetId, ...attribute });
  }
  assert.equal(aws.intent.table('subnet').get(SubnetId)?.cidr, null);
});

test('a subnet with IPv4 has names of addresses alone', () => {
  const { aws, VpcId } = start();
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.2.0/24' }).Subnet;
  assert.match(
    aws.refusal('ModifySubnetAttribute', { SubnetId, PrivateDnsHostnameTypeOnLaunch: 'resource-name' }),
    /^UnsupportedOperation: The value 'resource-name'/,
  );
});

test('what needs an IPv4 address does not stand there', () => {
  const { aws, VpcId, SubnetId } = start();
  const message = `InvalidParameterValue: ${noIpv4(SubnetId)}`;
  assert.equal(aws.refusal('CreateNatGateway', { SubnetId, ConnectivityType: 'private' }), message);
  const { TransitGatewayId } = aws.call('CreateTransitGateway', {}).TransitGateway;
  aws.facts.appliedRevision = aws.intent.revision;
  assert.equal(
    aws.refusal('CreateTransitGatewayVpcAttachment', { TransitGatewayId, VpcId, SubnetIds: [SubnetId] }),
    message,
  );
  for (const IpAddressType of ['ipv4', 'dualstack'] as const) {
    assert.equal(
      aws.refusal('CreateLoadBalancer', { Name: 'front', Type: 'network', Subnets: [SubnetId], IpAddressType }),
      'ValidationError: You must specify subnets with an associated IPv4 CIDR block.',
    );
  }
  const [{ GroupId }] = aws.call('DescribeSecurityGroups', {
    Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
  }).SecurityGroups;
  const { SubnetId: second } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.2.0/24' }).Subnet;
  assert.equal(
    aws.refusal('CreateResolverEndpoint', {
      CreatorRequestId: 'x',
      Direction: 'INBOUND',
      SecurityGroupIds: [GroupId],
      IpAddresses: [{ SubnetId: second }, { SubnetId }],
    }),
    `InvalidParameterException: ${noIpv4(SubnetId)}`,
  );
});

test('instances and interfaces there are refused by name', () => {
  const { aws, SubnetId } = start();
  const message = `UnsupportedOperation: The subnet '${SubnetId}' is IPv6 only: instances and network interfaces there are not supported by Culvert.`;
  assert.equal(aws.refusal('CreateNetworkInterface', { SubnetId }), message);
  const launch = { ImageId: IMAGE, MinCount: 1, MaxCount: 1 };
  assert.equal(aws.refusal('RunInstances', { ...launch, SubnetId }), message);
  assert.equal(aws.refusal('RunInstances', { ...launch, NetworkInterfaces: [{ DeviceIndex: 0, SubnetId }] }), message);
});
