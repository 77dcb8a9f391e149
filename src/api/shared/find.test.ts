/** Ids that are no ids, and ids of nothing: AWS's codes for each kind, whose capitals agree with nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../testing.ts';

const NOTHING = '0123456789abcdef0';

/** The operation, what it takes the id as, the id's prefix, and the codes. */
const ROWS = [
  ['DescribeNetworkAcls', 'NetworkAclIds', 'acl', 'InvalidNetworkAclId.Malformed', 'InvalidNetworkAclID.NotFound'],
  [
    ...['DescribeDhcpOptions', 'DhcpOptionsIds', 'dopt'],
    ...['InvalidDhcpOptionsId.Malformed', 'InvalidDhcpOptionID.NotFound'],
  ],
  [
    ...['DeleteEgressOnlyInternetGateway', 'EgressOnlyInternetGatewayId', 'eigw'],
    ...['InvalidEgressOnlyInternetGatewayId.Malformed', 'InvalidGatewayID.NotFound'],
  ],
  [
    ...['DescribeRouteTables', 'RouteTableIds', 'rtb'],
    ...['InvalidRouteTableId.Malformed', 'InvalidRouteTableID.NotFound'],
  ],
  [
    ...['DescribeTransitGatewayRouteTables', 'TransitGatewayRouteTableIds', 'tgw-rtb'],
    ...['InvalidRouteTableId.Malformed', 'InvalidRouteTableID.NotFound'],
  ],
  [
    ...['DescribeCustomerGateways', 'CustomerGatewayIds', 'cgw'],
    ...['InvalidCustomerGatewayId.Malformed', 'InvalidCustomerGatewayID.NotFound'],
  ],
  [
    ...['DescribeVpnConnections', 'VpnConnectionIds', 'vpn'],
    ...['InvalidVpnConnectionID.Malformed', 'InvalidVpnConnectionID.NotFound'],
  ],
  ['DeleteNatGateway', 'NatGatewayId', 'nat', 'NatGatewayMalformed', 'NatGatewayNotFound'],
  [
    ...['DetachNetworkInterface', 'AttachmentId', 'eni-attach'],
    ...['InvalidNetworkInterfaceAttachmentId.Malformed', 'InvalidAttachmentID.NotFound'],
  ],
  ['ReleaseAddress', 'AllocationId', 'eipalloc', 'InvalidAllocationID.NotFound', 'InvalidAllocationID.NotFound'],
  ['DescribeVpcs', 'VpcIds', 'vpc', 'InvalidVpcID.NotFound', 'InvalidVpcID.NotFound'],
] as const;

for (const [operation, member, prefix, malformed, notFound] of ROWS as readonly (readonly string[])[]) {
  test(`${operation}: ${malformed}, ${notFound}`, () => {
    const aws = harness();
    const refused = (id: string) => {
      const input = { [member ?? '']: member?.endsWith('s') ? [id] : id };
      return aws.refusal(operation as never, input as never).split(':')[0];
    };
    assert.equal(refused(`${prefix}-x`), malformed);
    assert.equal(refused('web'), malformed);
    assert.equal(refused(`${prefix}-${NOTHING}`), notFound);
  });
}

test('an address that is none is malformed, another one is not found', () => {
  const aws = harness();
  const refused = (address: string) => aws.refusal('DescribeAddresses', { PublicIps: [address] }).split(':')[0];
  assert.equal(refused('198.18.0'), 'InvalidAddress.Malformed');
  assert.equal(refused('198.18.0.77'), 'InvalidAddress.NotFound');
});
