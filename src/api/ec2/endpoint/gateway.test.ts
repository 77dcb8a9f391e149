/** Gateway endpoints: routes that come and go by themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUOTAS, quotaId } from '../../../model/quotas.ts';
import { ACCOUNT, harness, REGION } from '../../testing.ts';
import type { Input } from '../action.ts';
import { create, describe, type Network, network, refusal } from './fixture.ts';

const S3 = `com.amazonaws.${REGION}.s3`;
const DYNAMODB = `com.amazonaws.${REGION}.dynamodb`;
const DEFAULT_POLICY =
  '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';
const UNKNOWN = '0123456789abcdef0';

function setUp(h = harness()) {
  const n = network(h);
  const table = () => n.h.call('CreateRouteTable', { VpcId: n.vpcId }).RouteTable.RouteTableId;
  return { ...n, main: n.h.intent.table('vpc').get(n.vpcId)?.mainRouteTableId ?? '', first: table(), second: table() };
}

const gateway = (n: Network, input: Partial<Input<'CreateVpcEndpoint'>> = {}) =>
  create(n, { VpcEndpointType: 'Gateway', ServiceName: S3, ...input });
const refused = (n: Network, input: Partial<Input<'CreateVpcEndpoint'>> = {}) =>
  refusal(n, { VpcEndpointType: 'Gateway', ServiceName: S3, ...input });
const listOf = ({ h }: Network, name = S3) =>
  h.call('DescribePrefixLists', { Filters: [{ Name: 'prefix-list-name', Values: [name] }] }).PrefixLists[0]
    .PrefixListId;
const routesOf = ({ h }: Network, table: string) =>
  h
    .call('DescribeRouteTables', { RouteTableIds: [table] })
    .RouteTables[0].Routes.filter((route) => route.DestinationPrefixListId)
    .map((route) => `${route.DestinationPrefixListId} ${route.GatewayId} ${route.State} ${route.Origin}`);

test('it is available with the reply, and its routes are there', () => {
  const n = setUp();
  const made = gateway(n, { RouteTableIds: [n.first, n.second, n.first] });
  assert.deepEqual(
    [made.VpcEndpointType, made.State, made.RouteTableIds, made.PolicyDocument],
    ['Gateway', 'available', [n.first, n.second], DEFAULT_POLICY],
  );
  assert.deepEqual([made.SubnetIds, made.NetworkInterfaceIds, made.DnsEntries, made.Groups], [[], [], [], []]);
  assert.equal(made.PrivateDnsEnabled, false);
  assert.deepEqual(routesOf(n, n.first), [`${listOf(n)} ${made.VpcEndpointId} active CreateRoute`]);
  assert.deepEqual(routesOf(n, n.second), routesOf(n, n.first));
  assert.deepEqual(routesOf(n, n.main), []);
  const found = n.h.call('DescribeRouteTables', {
    Filters: [{ Name: 'route.destination-prefix-list-id', Values: [listOf(n)] }],
  });
  assert.deepEqual(found.RouteTables.map((table) => table.RouteTableId).sort(), [n.first, n.second].sort());
});

test('Gateway is the type where none is given, and route tables may come later', () => {
  const n = setUp();
  const { VpcEndpointId: id } = n.h.call('CreateVpcEndpoint', { VpcId: n.vpcId, ServiceName: DYNAMODB }).VpcEndpoint;
  assert.deepEqual([describe(n, id).VpcEndpointType, describe(n, id).RouteTableIds], ['Gateway', []]);
  n.h.call('ModifyVpcEndpoint', { VpcEndpointId: id, AddRouteTableIds: [n.main] });
  assert.deepEqual(routesOf(n, n.main), [`${listOf(n, DYNAMODB)} ${id} active CreateRoute`]);
});

test('a table has one route to a service; another service’s is another', () => {
  const n = setUp();
  const { VpcEndpointId: id } = gateway(n, { RouteTableIds: [n.first] });
  const text = `RouteAlreadyExists: route table ${n.first} already has a route with destination-prefix-list-id ${listOf(n)}`;
  assert.equal(refused(n, { RouteTableIds: [n.second, n.first] }), text);
  const rival = gateway(n, { RouteTableIds: [n.second] }).VpcEndpointId;
  const { h } = n;
  assert.equal(h.refusal('ModifyVpcEndpoint', { VpcEndpointId: rival, AddRouteTableIds: [n.first] }), text);
  assert.equal(h.refusal('ModifyVpcEndpoint', { VpcEndpointId: id, AddRouteTableIds: [n.first] }), text);
  gateway(n, { ServiceName: DYNAMODB, RouteTableIds: [n.first] });
  assert.equal(routesOf(n, n.first).length, 2);
});

test('tables are added and removed in one call', () => {
  const n = setUp();
  const { VpcEndpointId } = gateway(n, { RouteTableIds: [n.first] });
  const modify = (input: Partial<Input<'ModifyVpcEndpoint'>>) =>
    n.h.call('ModifyVpcEndpoint', { VpcEndpointId, ...input });
  modify({ RemoveRouteTableIds: [n.first], AddRouteTableIds: [n.second] });
  assert.deepEqual(describe(n, VpcEndpointId).RouteTableIds, [n.second]);
  assert.equal(describe(n, VpcEndpointId).State, 'available');
  assert.deepEqual([routesOf(n, n.first).length, routesOf(n, n.second).length], [0, 1]);
  assert.equal(
    n.h.refusal('ModifyVpcEndpoint', { VpcEndpointId, RemoveRouteTableIds: [n.first] }),
    `InvalidParameter: The route table ${n.first} is not associated with the VPC endpoint ${VpcEndpointId}.`,
  );
});

test('route tables that are not there, or of another VPC', () => {
  const n = setUp();
  const other = network(n.h, '10.1');
  const { RouteTableId } = n.h.call('CreateRouteTable', { VpcId: other.vpcId }).RouteTable;
  assert.match(refused(n, { RouteTableIds: [`rtb-${UNKNOWN}`] }), /^InvalidRouteTableID\.NotFound: /);
  assert.equal(
    refused(n, { RouteTableIds: [RouteTableId] }),
    `InvalidParameter: The route table ${RouteTableId} does not belong to the VPC ${n.vpcId}.`,
  );
});

test('the routes go with the endpoint, and the endpoint forgets a table that goes', () => {
  const n = setUp();
  const { VpcEndpointId: id } = gateway(n, { RouteTableIds: [n.first, n.second] });
  n.h.call('DeleteRouteTable', { RouteTableId: n.first });
  assert.deepEqual(describe(n, id).RouteTableIds, [n.second]);
  assert.match(n.h.refusal('DeleteVpc', { VpcId: n.vpcId }), /^DependencyViolation/);
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] });
  assert.deepEqual(routesOf(n, n.second), []);
  assert.equal(describe(n, id).State, 'deleting');
  gateway(n, { RouteTableIds: [n.second] });
});

test('what only interface endpoints have is refused', () => {
  const n = setUp();
  const { VpcEndpointId: id } = gateway(n);
  const change = (input: Partial<Input<'ModifyVpcEndpoint'>>) =>
    n.h.refusal('ModifyVpcEndpoint', { VpcEndpointId: id, ...input });
  for (const [actual, expected] of [
    [refused(n, { PrivateDnsEnabled: true }), 'Private DNS is only supported for Interface type VPC Endpoint.'],
    [change({ PrivateDnsEnabled: true }), 'Private DNS is only supported for Interface type VPC Endpoint.'],
    [
      change({ AddSecurityGroupIds: ['sg-1'] }),
      'Security Group IDs are only supported for Interface type VPC Endpoint.',
    ],
    [
      change({ AddSubnetIds: [n.subnetA] }),
      'Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.',
    ],
    [
      refused(n, { DnsOptions: { DnsRecordIpType: 'ipv4' } }),
      'DNS options are only supported for Interface type VPC Endpoint.',
    ],
  ]) {
    assert.equal(actual, `InvalidParameter: ${expected}`);
  }
  const { VpcEndpointId: face } = create(n);
  assert.equal(
    n.h.refusal('ModifyVpcEndpoint', { VpcEndpointId: face, AddRouteTableIds: [n.first] }),
    'InvalidParameter: Route table IDs are only supported for Gateway type VPC Endpoint.',
  );
});

test('a policy is kept, reset, and told in both of its forms', () => {
  const n = setUp();
  const policy = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}';
  const { VpcEndpointId } = gateway(n, { PolicyDocument: policy });
  assert.equal(describe(n, VpcEndpointId).PolicyDocument, policy);
  n.h.call('ModifyVpcEndpoint', { VpcEndpointId, ResetPolicy: true });
  assert.equal(describe(n, VpcEndpointId).PolicyDocument, DEFAULT_POLICY);
  assert.match(refused(n, { PolicyDocument: 'none' }), /^InvalidPolicyDocument/);
});

test('twenty gateway endpoints in a region, or as many as a VPC may have; interface endpoints are counted apart', () => {
  const n = setUp();
  const full = 'VpcEndpointLimitExceeded: The maximum number of VPC endpoints has been reached.';
  for (let count = 0; count < 20; count++) gateway(n);
  assert.equal(refused(n), full);
  // Raised, a VPC has at most 255 of them all the same.
  const { account, region, now: createdAt } = n.h.context;
  const id = quotaId(QUOTAS.gatewayEndpointsPerRegion.code, { account, region });
  n.h.intent.apply([{ op: 'put', resource: { kind: 'quota', id, account, region, tags: {}, createdAt, value: 1000 } }]);
  for (let count = 20; count < 255; count++) gateway(n);
  assert.equal(refused(n), full);
  create(n);
  const elsewhere = n.h.as(ACCOUNT, 'us-east-1');
  const { VpcId } = elsewhere.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  elsewhere.call('CreateVpcEndpoint', { VpcId, ServiceName: 'com.amazonaws.us-east-1.s3' });
  const [gone] = n.h.call('DescribeVpcEndpoints', {
    Filters: [{ Name: 'vpc-endpoint-type', Values: ['Gateway'] }],
  }).VpcEndpoints;
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [gone.VpcEndpointId] });
  gateway(n);
});

test('a repeated token is answered with the endpoint as it is now', () => {
  const n = setUp();
  const wish = { RouteTableIds: [n.first], ClientToken: 'once' };
  const { VpcEndpointId } = gateway(n, wish);
  n.h.call('ModifyVpcEndpoint', { VpcEndpointId, AddRouteTableIds: [n.second] });
  const again = gateway(n, wish);
  assert.deepEqual([again.VpcEndpointId, again.RouteTableIds], [VpcEndpointId, [n.first, n.second]]);
  assert.equal(again.PolicyDocument, DEFAULT_POLICY);
});

test('private names for inbound resolvers only lean on a gateway endpoint', () => {
  const n = setUp();
  const { VpcEndpointId: id } = gateway(n);
  const face = create(n, { ServiceName: S3, PrivateDnsEnabled: true });
  assert.equal(face.DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint, true);
  const [failed] = n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] }).Unsuccessful;
  assert.deepEqual([failed.ResourceId, failed.Error.Code], [id, 'DependencyViolation']);
  // Of two that are deleted in one call, the second is the last.
  const other = gateway(n).VpcEndpointId;
  const both = n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id, other] }).Unsuccessful;
  assert.deepEqual(
    both.map((each: { ResourceId: string }) => each.ResourceId),
    [other],
  );
  const modify = (wanted: boolean) =>
    n.h.call('ModifyVpcEndpoint', {
      VpcEndpointId: face.VpcEndpointId,
      DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: wanted },
    });
  modify(false);
  assert.equal(describe(n, face.VpcEndpointId).DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint, false);
  modify(true);
  const { VpcEndpointId: twin } = gateway(n);
  assert.deepEqual(n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [other] }).Unsuccessful, []);
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [face.VpcEndpointId] });
  assert.deepEqual(n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [twin] }).Unsuccessful, []);
});
