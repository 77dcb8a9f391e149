/** IPv4 blocks that VPCs get beside their first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUOTAS, quotaId } from '../../../model/quotas.ts';
import { type Harness, harness } from '../../testing.ts';

const make = (aws: Harness, CidrBlock: string) => aws.call('CreateVpc', { CidrBlock }).Vpc.VpcId;
const add = (aws: Harness, VpcId: string, CidrBlock: string) =>
  aws.call('AssociateVpcCidrBlock', { VpcId, CidrBlock }).CidrBlockAssociation;
const refused = (aws: Harness, VpcId: string, CidrBlock: string) =>
  aws.refusal('AssociateVpcCidrBlock', { VpcId, CidrBlock });

test('a block is shown, found, routed locally in each table, holds subnets, and goes without them', () => {
  const aws = harness();
  const VpcId = make(aws, '10.5.0.0/16');
  const added = add(aws, VpcId, '10.6.1.1/16');
  assert.deepEqual([added.CidrBlock, added.CidrBlockState.State], ['10.6.0.0/16', 'associated']);
  const [vpc] = aws.call('DescribeVpcs', {
    Filters: [{ Name: 'cidr-block-association.association-id', Values: [added.AssociationId] }],
  }).Vpcs;
  assert.deepEqual([vpc.CidrBlock, vpc.CidrBlockAssociationSet.length], ['10.5.0.0/16', 2]);
  assert.deepEqual(vpc.CidrBlockAssociationSet[1], added);
  const RouteTableId = aws.call('CreateRouteTable', { VpcId }).RouteTable.RouteTableId;
  const tables = aws.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }).RouteTables;
  for (const { Routes } of tables) {
    assert.deepEqual(
      Routes.map(({ DestinationCidrBlock, GatewayId }) => `${DestinationCidrBlock} ${GatewayId}`),
      ['10.5.0.0/16 local', '10.6.0.0/16 local'],
    );
  }
  assert.match(
    aws.refusal('DeleteRoute', { RouteTableId, DestinationCidrBlock: '10.6.0.0/16' }),
    /^InvalidParameterValue: cannot remove local route/,
  );
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.6.3.0/24' }).Subnet;
  assert.match(aws.refusal('CreateSubnet', { VpcId, CidrBlock: '10.7.0.0/24' }), /^InvalidSubnet.Range/);
  const { AssociationId } = added;
  assert.equal(
    aws.refusal('DisassociateVpcCidrBlock', { AssociationId }),
    'InvalidCidrBlock.InUse: The vpc currently has a subnet within CIDR block 10.6.0.0/16',
  );
  aws.call('DeleteSubnet', { SubnetId });
  const gone = aws.call('DisassociateVpcCidrBlock', { AssociationId }).CidrBlockAssociation;
  assert.deepEqual(gone, { ...added, CidrBlockState: { State: 'disassociated' } });
  assert.match(
    aws.refusal('DisassociateVpcCidrBlock', { AssociationId }),
    /^InvalidVpcCidrBlockAssociationID.NotFound/,
  );
  const primary = aws.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs[0].CidrBlockAssociationSet;
  assert.equal(primary.length, 1);
  assert.match(
    aws.refusal('DisassociateVpcCidrBlock', { AssociationId: primary[0].AssociationId }),
    /^OperationNotPermitted: .* primary IPv4 CIDR block/,
  );
});

test('sizes and ranges: by the range of the primary block', () => {
  const restricted = /^InvalidVpc.Range: The CIDR '.*' is restricted\. Use a CIDR from the same private address range/;
  for (const [primary, may, mayNot] of [
    [
      '10.5.0.0/16',
      ['10.0.0.0/16', '100.64.0.0/16', '203.0.112.0/20'],
      ['172.16.0.0/16', '192.168.0.0/24', '198.19.1.0/24'],
    ],
    ['10.1.0.0/16', ['10.2.0.0/16'], ['10.0.0.0/16', '10.0.9.0/24']],
    ['172.20.0.0/16', ['172.21.0.0/16', '100.64.0.0/16'], ['172.31.0.0/16', '10.1.0.0/16', '192.168.1.0/24']],
    ['192.168.0.0/16', ['100.65.0.0/16'], ['10.1.0.0/16', '172.16.0.0/16', '198.19.0.0/16']],
    ['198.19.0.0/17', ['203.0.112.0/20'], ['10.1.0.0/16']],
    ['100.64.0.0/16', ['100.65.0.0/16', '203.0.112.0/20'], ['10.1.0.0/16', '192.168.0.0/16', '198.19.0.0/16']],
  ] as const) {
    const aws = harness();
    const vpc = make(aws, primary);
    for (const block of mayNot) assert.match(refused(aws, vpc, block), restricted, `${primary} with ${block}`);
    for (const block of may) add(aws, vpc, block);
  }
  const aws = harness();
  const vpc = make(aws, '10.5.0.0/16');
  for (const block of ['10.6.0.0/15', '10.6.0.0/29', '169.254.0.0/16', '224.0.0.0/16']) {
    assert.match(refused(aws, vpc, block), /^InvalidVpc.Range: The CIDR '.*' is invalid/);
  }
  assert.match(
    aws.refusal('AssociateVpcCidrBlock', { VpcId: vpc, CidrBlock: '10.6.0.0/16', AmazonProvidedIpv6CidrBlock: true }),
    /^InvalidParameterCombination/,
  );
});

test('five blocks, and fifty with a greater quota; none overlaps another', () => {
  const aws = harness();
  const vpc = make(aws, '10.5.0.0/16');
  assert.match(refused(aws, vpc, '10.5.1.0/24'), /^CidrConflict/);
  for (let n = 6; n < 10; n++) add(aws, vpc, `10.${n}.0.0/16`);
  const full = `CidrLimitExceeded: This network '${vpc}' has met its maximum number of allowed CIDRs: 5`;
  assert.equal(refused(aws, vpc, '10.10.0.0/16'), full);
  const { account, region } = aws.context;
  const { code, most } = QUOTAS.ipv4BlocksPerVpc;
  const id = quotaId(code, aws.context);
  const quota = { id, account, region, tags: {}, createdAt: aws.facts.now, kind: 'quota', value: most } as const;
  aws.intent.apply([{ op: 'put', resource: quota }]);
  for (let n = 10; n < 55; n++) add(aws, vpc, `10.${n}.0.0/16`);
  assert.equal(refused(aws, vpc, '10.55.0.0/16'), full.replace(/5$/, '50'));
});

test('a route to what is in the block, or to all of it, is in its way; a wider one is not', () => {
  const aws = harness();
  const VpcId = make(aws, '10.2.0.0/16');
  const InternetGatewayId = aws.call('CreateInternetGateway', {}).InternetGateway.InternetGatewayId;
  aws.call('AttachInternetGateway', { InternetGatewayId, VpcId });
  const RouteTableId = aws.call('CreateRouteTable', { VpcId }).RouteTable.RouteTableId;
  const route = { RouteTableId, DestinationCidrBlock: '10.9.0.0/24' };
  aws.call('CreateRoute', { ...route, GatewayId: InternetGatewayId });
  assert.match(
    refused(aws, VpcId, '10.9.0.0/16'),
    new RegExp(`^CidrConflict: .* 10.9.0.0/24 of a route in ${RouteTableId}`),
  );
  assert.match(refused(aws, VpcId, '10.9.0.0/24'), /^CidrConflict/);
  add(aws, VpcId, '10.9.0.0/25');
  // What a prefix list leads to does not count.
  const { PrefixListId } = aws.call('CreateManagedPrefixList', {
    ...{ PrefixListName: 'l', MaxEntries: 1, AddressFamily: 'IPv4', Entries: [{ Cidr: '10.8.0.0/24' }] },
  }).PrefixList;
  aws.call('CreateRoute', { RouteTableId, DestinationPrefixListId: PrefixListId, GatewayId: InternetGatewayId });
  add(aws, VpcId, '10.8.0.0/16');
});

test('peering: no overlap with the other VPC, nothing while a request waits, and one that overlaps now fails', () => {
  const aws = harness();
  const [VpcId, PeerVpcId] = [make(aws, '10.5.0.0/16'), make(aws, '10.6.0.0/16')];
  const id = aws.call('CreateVpcPeeringConnection', { VpcId, PeerVpcId }).VpcPeeringConnection.VpcPeeringConnectionId;
  assert.match(refused(aws, VpcId, '10.7.0.0/16'), /^OperationNotPermitted: .*pending acceptance/);
  aws.facts.appliedRevision = aws.intent.revision;
  aws.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: id });
  assert.match(refused(aws, VpcId, '10.6.1.0/24'), new RegExp(`^CidrConflict: .*${PeerVpcId}`));
  assert.match(refused(aws, PeerVpcId, '10.5.1.0/24'), /^CidrConflict/);
  add(aws, VpcId, '10.7.0.0/16');
  assert.match(refused(aws, PeerVpcId, '10.7.1.0/24'), /^CidrConflict/);
  const third = make(aws, '10.8.0.0/16');
  const asked = aws.call('CreateVpcPeeringConnection', { VpcId, PeerVpcId: third }).VpcPeeringConnection;
  aws.facts.appliedRevision = aws.intent.revision;
  add(aws, third, '10.5.128.0/17');
  const answer = aws.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: asked.VpcPeeringConnectionId });
  aws.facts.appliedRevision = aws.intent.revision;
  assert.notEqual(answer.VpcPeeringConnection.Status.Code, 'active');
  const Filters = [{ Name: 'status-code', Values: ['failed'] }];
  assert.equal(aws.call('DescribeVpcPeeringConnections', { Filters }).VpcPeeringConnections.length, 1);
});
