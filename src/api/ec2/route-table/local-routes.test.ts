/** Local routes with another target: a machine of the VPC's own that sees what subnets say to one another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';

const BLOCK = '10.0.0.0/16';

function start() {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: BLOCK }).Vpc;
  const { RouteTableId } = aws.call('CreateRouteTable', { VpcId }).RouteTable;
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  const { NetworkInterfaceId } = aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface;
  const routes = () =>
    aws
      .call('DescribeRouteTables', { RouteTableIds: [RouteTableId] })
      .RouteTables[0].Routes.map((each) =>
        [
          each.DestinationCidrBlock ?? each.DestinationIpv6CidrBlock,
          each.GatewayId ?? each.NetworkInterfaceId,
          each.State,
          each.Origin,
        ].join(' '),
      );
  return { aws, VpcId, RouteTableId, SubnetId, NetworkInterfaceId, routes };
}

const LOCAL = `${BLOCK} local active CreateRouteTable`;

test('replaced by an interface, shown once, restored, and never removed', () => {
  const { aws, RouteTableId, NetworkInterfaceId, routes } = start();
  const route = { RouteTableId, DestinationCidrBlock: BLOCK };
  assert.deepEqual(routes(), [LOCAL]);
  aws.call('ReplaceRoute', { ...route, LocalTarget: true });
  assert.deepEqual(routes(), [LOCAL]);
  aws.call('ReplaceRoute', { ...route, NetworkInterfaceId });
  assert.deepEqual(routes(), [`${BLOCK} ${NetworkInterfaceId} blackhole CreateRouteTable`]);
  assert.equal(
    aws.refusal('DeleteRoute', route),
    `InvalidParameterValue: cannot remove local route ${BLOCK} in route table ${RouteTableId}`,
  );
  aws.call('ReplaceRoute', { ...route, LocalTarget: true });
  assert.deepEqual(routes(), [LOCAL]);
});

test('of IPv6 too, each family by itself; it stays where it leads when that is deleted', () => {
  const { aws, VpcId, RouteTableId, SubnetId, routes } = start();
  aws.call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true });
  const block = aws.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs[0].Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock;
  const { NetworkInterfaceId } = aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface;
  const route = { RouteTableId, DestinationIpv6CidrBlock: block };
  aws.call('ReplaceRoute', { ...route, NetworkInterfaceId });
  const led = `${block} ${NetworkInterfaceId} blackhole CreateRouteTable`;
  assert.deepEqual(routes(), [LOCAL, led]);
  aws.call('DeleteNetworkInterface', { NetworkInterfaceId });
  assert.deepEqual(routes(), [LOCAL, led]);
  assert.match(aws.refusal('DeleteRoute', route), /^InvalidParameterValue: cannot remove local route/);
  aws.call('ReplaceRoute', { ...route, LocalTarget: true });
  assert.deepEqual(routes(), [LOCAL, `${block} local active CreateRouteTable`]);
});

test('what cannot be', () => {
  const { aws, VpcId, RouteTableId, NetworkInterfaceId, routes } = start();
  const { InternetGatewayId: GatewayId } = aws.call('CreateInternetGateway', {}).InternetGateway;
  aws.call('AttachInternetGateway', { VpcId, InternetGatewayId: GatewayId });
  const route = { RouteTableId, DestinationCidrBlock: BLOCK };
  assert.equal(
    aws.refusal('CreateRoute', { ...route, NetworkInterfaceId }),
    `RouteAlreadyExists: The route identified by ${BLOCK} already exists.`,
  );
  assert.match(aws.refusal('ReplaceRoute', { ...route, GatewayId }), /can target only an interface or an instance/);
  assert.match(
    aws.refusal('ReplaceRoute', { ...route, NetworkInterfaceId, LocalTarget: true }),
    /^InvalidParameterCombination: The request must contain exactly one of/,
  );
  aws.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  assert.equal(
    aws.refusal('ReplaceRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', LocalTarget: true }),
    `InvalidParameterValue: The route to 0.0.0.0/0 in route table ${RouteTableId} is not a local route.`,
  );
  assert.match(aws.refusal('ReplaceRoute', route), /^MissingParameter/);
  assert.deepEqual(routes(), [LOCAL, `0.0.0.0/0 ${GatewayId} active CreateRoute`]);
});

test('each block has its own, which goes with the block and counts in no quota', () => {
  const { aws, VpcId, RouteTableId, NetworkInterfaceId, routes } = start();
  const second = '10.1.0.0/16';
  const { AssociationId = '' } = aws.call('AssociateVpcCidrBlock', { VpcId, CidrBlock: second }).CidrBlockAssociation;
  aws.call('ReplaceRoute', { RouteTableId, DestinationCidrBlock: second, NetworkInterfaceId });
  assert.deepEqual(routes(), [LOCAL, `${second} ${NetworkInterfaceId} blackhole CreateRouteTable`]);
  for (let at = 0; at < 250; at++) {
    for (const first of [192, 198]) {
      aws.call('CreateRoute', { RouteTableId, DestinationCidrBlock: `${first}.18.${at}.0/24`, NetworkInterfaceId });
    }
  }
  assert.match(
    aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock: '203.0.113.0/24', NetworkInterfaceId }),
    /^RouteLimitExceeded/,
  );
  aws.call('DisassociateVpcCidrBlock', { AssociationId });
  assert.equal(routes().length, 501);
  aws.call('AssociateVpcCidrBlock', { VpcId, CidrBlock: second });
  assert.ok(routes().includes(`${second} local active CreateRouteTable`));
});
