/** What a call reads must not grow with what others have, nor, where ids are given, with what the caller has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kind } from '../../model/resources.ts';
import { type Harness, harness } from '../testing.ts';

/** Counts the rows that the tables hand out while `work` runs; a look at a whole table counts all of it. */
function rowsRead(aws: Harness, work: () => void): number {
  const intent = aws.intent as { table: unknown };
  const original = aws.intent.table;
  let rows = 0;
  intent.table = (kind: Kind) => {
    const table = original(kind);
    return {
      get: (id: string) => table.get(id),
      by: (field: string, value: string) => {
        const found = table.by(field as never, value);
        rows += found.length;
        return found;
      },
      count: (field: string, value: string) => table.count(field as never, value),
      all: () => {
        rows += kind === 'clientTokenUse' ? 1 : table.size;
        return table.all();
      },
      get size() {
        return table.size;
      },
    };
  };
  try {
    work();
  } finally {
    intent.table = original;
  }
  return rows;
}

/** A VPC with what hangs on it; returns its ids. */
function build(aws: Harness, subnets: number) {
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { GroupId } = aws.call('CreateSecurityGroup', { VpcId, GroupName: 'a', Description: 'a' });
  const { RouteTableId } = aws.call('CreateRouteTable', { VpcId }).RouteTable;
  const ids = Array.from({ length: subnets }, (_, n) => {
    const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: `10.0.${n}.0/24` }).Subnet;
    aws.call('AssociateRouteTable', { SubnetId, RouteTableId });
    for (let port = 0; port < 5; port++) aws.call('CreateNetworkInterface', { SubnetId });
    return SubnetId;
  });
  return { VpcId, GroupId, RouteTableId, SubnetId: ids[0] as string };
}

test('calls read the same whatever other accounts have', () => {
  const aws = harness();
  const { VpcId, GroupId, RouteTableId, SubnetId } = build(aws, 2);
  const calls: (() => unknown)[] = [
    () => aws.call('DescribeVpcs', {}),
    () => aws.call('DescribeSubnets', {}),
    () => aws.call('DescribeSecurityGroups', {}),
    () => aws.call('DescribeNetworkInterfaces', {}),
    () => aws.call('DescribeRouteTables', {}),
    () => aws.call('DescribeTags', {}),
    () => aws.refusal('CreateSubnet', { VpcId, CidrBlock: '10.0.99.0/24', DryRun: true }),
    () => aws.refusal('CreateNetworkInterface', { SubnetId, ClientToken: 't', DryRun: true }),
    () => aws.refusal('DeleteSecurityGroup', { GroupId, DryRun: true }),
    () => aws.refusal('DeleteVpc', { VpcId }),
    () => aws.refusal('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1' }),
    () => aws.refusal('CreateKeyPair', { KeyName: 'k', KeyType: 'ed25519', DryRun: true }),
  ];
  const before = calls.map((call) => rowsRead(aws, call));
  for (let n = 0; n < 5; n++) build(aws.as(`99998888777${n}`), 4);
  assert.deepEqual(
    calls.map((call) => rowsRead(aws, call)),
    before,
  );
});

test('described by id, a resource costs the same however many its owner has', () => {
  const aws = harness();
  const { VpcId, GroupId, RouteTableId, SubnetId } = build(aws, 1);
  const calls: (() => unknown)[] = [
    () => aws.call('DescribeVpcs', { VpcIds: [VpcId] }),
    () => aws.call('DescribeSubnets', { SubnetIds: [SubnetId] }),
    () => aws.call('DescribeSecurityGroups', { GroupIds: [GroupId] }),
    () => aws.call('DescribeRouteTables', { RouteTableIds: [RouteTableId] }),
    () => aws.call('DescribeTags', { Filters: [{ Name: 'resource-id', Values: [VpcId] }] }),
    () => aws.refusal('DisassociateVpcCidrBlock', { AssociationId: 'vpc-cidr-assoc-0' }),
    () => aws.refusal('DisassociateSubnetCidrBlock', { AssociationId: 'subnet-cidr-assoc-0' }),
  ];
  const before = calls.map((call) => rowsRead(aws, call));
  for (let n = 0; n < 3; n++) build(aws, 5);
  assert.deepEqual(
    calls.map((call) => rowsRead(aws, call)),
    before,
  );
});

test('an address is found without reading who has the others', () => {
  const aws = harness();
  const { SubnetId } = build(aws, 1);
  const { NetworkInterfaceId } = aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface;
  let chosen = 250;
  const calls: (() => unknown)[] = [
    () => aws.call('DescribeSubnets', { SubnetIds: [SubnetId] }),
    () => aws.call('CreateNetworkInterface', { SubnetId }),
    () => aws.call('CreateNetworkInterface', { SubnetId, PrivateIpAddress: `10.0.0.${chosen--}` }),
    () => aws.call('AssignPrivateIpAddresses', { NetworkInterfaceId, SecondaryPrivateIpAddressCount: 1 }),
    () => aws.call('AssignPrivateIpAddresses', { NetworkInterfaceId, PrivateIpAddresses: [`10.0.0.${chosen--}`] }),
  ];
  const read = () => calls.map((call) => rowsRead(aws, call));
  read();
  const before = read();
  for (let n = 0; n < 100; n++) aws.call('CreateNetworkInterface', { SubnetId });
  assert.deepEqual(read(), before);
});

test('a quota is checked without reading what it counts', () => {
  const aws = harness();
  const { VpcId } = build(aws, 1);
  const calls: (() => unknown)[] = [
    () => aws.refusal('CreateVpc', { CidrBlock: '10.0.0.0/16', DryRun: true }),
    () => aws.refusal('CreateInternetGateway', { DryRun: true }),
    () => aws.refusal('CreateRouteTable', { VpcId, DryRun: true }),
  ];
  const before = calls.map((call) => rowsRead(aws, call));
  aws.call('CreateVpc', { CidrBlock: '10.1.0.0/16' });
  aws.call('CreateInternetGateway', {});
  aws.call('CreateRouteTable', { VpcId });
  assert.deepEqual(
    calls.map((call) => rowsRead(aws, call)),
    before,
  );
});
