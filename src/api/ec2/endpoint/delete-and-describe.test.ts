import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness, REGION } from '../../testing.ts';
import { create, describe, interfacesOf, type Network, network, settle } from './fixture.ts';
import { DELETED_VISIBLE_SECONDS } from './state.ts';
import { sweepEndpoints } from './sweep.ts';

const UNKNOWN = 'vpce-0123456789abcdef0';

function later({ h }: Network, seconds: number): string {
  return new Date(Date.parse(h.context.now) + seconds * 1000).toISOString();
}

/** Time moves a second with each call. */
function wait(n: Network, seconds: number): void {
  for (let passed = 0; passed < seconds; passed++) n.h.context;
}

test('deleting until the kernel has let go, then deleted for a while, then not there', () => {
  const n = network();
  const { VpcEndpointId: id } = create(n, { SubnetIds: [n.subnetA] });
  settle(n);
  assert.deepEqual(n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] }), { Unsuccessful: [] });
  assert.deepEqual(interfacesOf(n, id), []);
  assert.equal(describe(n, id).State, 'deleting');
  wait(n, DELETED_VISIBLE_SECONDS + 5);
  assert.equal(describe(n, id).State, 'deleting');
  assert.deepEqual(sweepEndpoints(n.h.intent, n.h.facts, n.h.context.now), []);
  settle(n);
  assert.match(
    n.h.refusal('DescribeVpcEndpoints', { VpcEndpointIds: [id] }),
    /^InvalidVpcEndpointId\.NotFound: The Vpc Endpoint Id '.*' does not exist$/,
  );
  assert.deepEqual(n.h.call('DescribeVpcEndpoints', {}).VpcEndpoints, []);
});

test('the sweep drops what is no longer shown, and nothing else', () => {
  const n = network();
  const gone = create(n).VpcEndpointId;
  const stays = create(n, { PrivateDnsEnabled: false }).VpcEndpointId;
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [gone] });
  settle(n);
  assert.equal(describe(n, gone).State, 'deleted');
  assert.deepEqual(sweepEndpoints(n.h.intent, n.h.facts, n.h.context.now), []);
  const edits = sweepEndpoints(n.h.intent, n.h.facts, later(n, DELETED_VISIBLE_SECONDS + 1));
  assert.deepEqual(edits, [{ op: 'delete', kind: 'vpcEndpoint', id: gone }]);
  n.h.intent.apply(edits);
  assert.equal(describe(n, stays).State, 'available');
});

test('a bulk delete tells what it could not delete, and does the rest', () => {
  const n = network();
  const { VpcEndpointId: id } = create(n);
  const answer = n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [UNKNOWN, id] });
  assert.deepEqual(answer.Unsuccessful, [
    {
      ResourceId: UNKNOWN,
      Error: { Code: 'InvalidVpcEndpointId.NotFound', Message: `The Vpc Endpoint Id '${UNKNOWN}' does not exist` },
    },
  ]);
  assert.equal(describe(n, id).State, 'deleting');
  const { revision } = n.h.intent;
  assert.deepEqual(n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] }), { Unsuccessful: [] });
  assert.equal(n.h.intent.revision, revision);
});

test("another account's endpoint is not there", () => {
  const n = network();
  const { VpcEndpointId: id } = create(n);
  const stranger = n.h.as('444455556666');
  assert.equal(stranger.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] }).Unsuccessful.length, 1);
  assert.deepEqual(stranger.call('DescribeVpcEndpoints', {}).VpcEndpoints, []);
  assert.deepEqual(n.h.as('111122223333', 'us-east-1').call('DescribeVpcEndpoints', {}).VpcEndpoints, []);
});

test('a deleted endpoint is still described after its VPC is gone', () => {
  const n = network();
  const { VpcEndpointId: id } = create(n, { SubnetIds: [n.subnetA] });
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] });
  for (const subnet of [n.subnetA, n.otherSubnetA, n.subnetB]) n.h.call('DeleteSubnet', { SubnetId: subnet });
  n.h.call('DeleteVpc', { VpcId: n.vpcId });
  assert.equal(describe(n, id).State, 'deleting');
});

test('while it lives its subnet cannot be deleted', () => {
  const n = network();
  create(n, { SubnetIds: [n.subnetA] });
  assert.match(n.h.refusal('DeleteSubnet', { SubnetId: n.subnetA }), /^DependencyViolation: /);
});

test('every filter, alone and together', () => {
  const h = harness();
  const n = network(h);
  const other = network(h, '10.1');
  const tags = [{ ResourceType: 'vpc-endpoint' as const, Tags: [{ Key: 'team', Value: 'a' }] }];
  const sqs = create(n, { TagSpecifications: tags }).VpcEndpointId;
  const sns = create(n, { ServiceName: `com.amazonaws.${REGION}.sns` }).VpcEndpointId;
  settle(n);
  const far = create(other).VpcEndpointId;
  const ids = (...filters: [string, string][]) =>
    h
      .call('DescribeVpcEndpoints', { Filters: filters.map(([Name, Value]) => ({ Name, Values: [Value] })) })
      .VpcEndpoints.map((endpoint) => endpoint.VpcEndpointId);
  assert.deepEqual(ids(), [sqs, sns, far]);
  assert.deepEqual(ids(['service-name', '*.sqs']), [sqs, far]);
  assert.deepEqual(ids(['vpc-id', other.vpcId]), [far]);
  assert.deepEqual(ids(['vpc-endpoint-id', sns]), [sns]);
  assert.deepEqual(ids(['vpc-endpoint-state', 'pending']), [far]);
  assert.deepEqual(ids(['vpc-endpoint-state', 'available'], ['service-name', '*.sqs']), [sqs]);
  assert.deepEqual(ids(['vpc-endpoint-type', 'Gateway']), []);
  assert.deepEqual(
    ids(['vpc-endpoint-type', 'Interface'], ['ip-address-type', 'ipv4'], ['service-region', REGION]).length,
    3,
  );
  assert.deepEqual(ids(['tag:team', 'a']), [sqs]);
  assert.deepEqual(ids(['tag-key', 'team']), [sqs]);
  assert.equal(
    h.refusal('DescribeVpcEndpoints', { Filters: [{ Name: 'colour', Values: ['red'] }] }),
    "InvalidParameterValue: The filter 'colour' is invalid",
  );
});

test('pages; a wish for more than a thousand is capped', () => {
  const n = network();
  const made = Array.from({ length: 5 }, () => create(n, { PrivateDnsEnabled: false }).VpcEndpointId);
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const answer = n.h.call('DescribeVpcEndpoints', { MaxResults: 2, ...(NextToken && { NextToken }) });
    seen.push(...answer.VpcEndpoints.map((endpoint) => endpoint.VpcEndpointId));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(seen, made);
  assert.equal(n.h.call('DescribeVpcEndpoints', { MaxResults: 5000 }).VpcEndpoints.length, 5);
});

test('associations: none, of endpoints that lead to a service', () => {
  const n = network();
  const { VpcEndpointId } = create(n);
  const call = (input: object) => n.h.call('DescribeVpcEndpointAssociations', input).VpcEndpointAssociations;
  assert.deepEqual(call({}), []);
  assert.deepEqual(call({ VpcEndpointIds: [VpcEndpointId] }), []);
  const refused = (input: object) => n.h.refusal('DescribeVpcEndpointAssociations', input);
  assert.match(refused({ VpcEndpointIds: ['vpce-00000000000000000'] }), /^InvalidVpcEndpointId\.NotFound/);
  assert.match(refused({ Filters: [{ Name: 'colour', Values: ['red'] }] }), /^InvalidParameterValue/);
  assert.match(refused({ MaxResults: 101 }), /^InvalidParameterValue|^InvalidMaxResults/);
});
