/**
 * Buckets and tables from a private instance: through gateway endpoints, through interface endpoints, by their own names and by
 * AWS's; TLS and signatures verified all the way.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as Dynamo from '@aws-sdk/client-dynamodb';
import * as S3 from '@aws-sdk/client-s3';
import { awsPrefixListNamed } from '../src/model/aws-prefix-lists.ts';
import { REGION, type TestCulvert, testCulvert } from './culvert.ts';
import { inside } from './inside.ts';
import { given, makeEndpoint, makeSite, type Site } from './private-service.ts';

const S3_SERVICE = `com.amazonaws.${REGION}.s3`;
const DYNAMODB_SERVICE = `com.amazonaws.${REGION}.dynamodb`;

describe('S3 and DynamoDB through endpoints', { timeout: 180_000 }, () => {
  let culvert: TestCulvert;
  let site: Site;
  let table: string;

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    // The default account's own key: what instances send is verified, whatever the API lets in.
    site = await makeSite(culvert, '123456789012', '10.0.10.50');
    const { RouteTables } = await site.ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [site.vpc] }] });
    table = given(RouteTables?.[0]?.RouteTableId);
  });

  after(async () => assert.deepEqual(await culvert.close(), []));

  const s3 = (reached: Set<string>, endpoint?: string) =>
    new S3.S3({ ...inside(culvert, site, culvert.sdk().credentials, reached), ...(endpoint && { endpoint }) });
  const dynamodb = (reached: Set<string>, endpoint?: string) =>
    new Dynamo.DynamoDB({
      ...inside(culvert, site, culvert.sdk().credentials, reached),
      ...(endpoint && { endpoint }),
    });

  const gateway = async (service: string) => {
    const wish = { VpcId: site.vpc, ServiceName: service, RouteTableIds: [table] };
    const { VpcEndpoint } = await site.ec2.createVpcEndpoint(wish);
    await culvert.settled();
    return given(VpcEndpoint?.VpcEndpointId);
  };
  const release = async (...ids: readonly string[]) => {
    const { Unsuccessful } = await site.ec2.deleteVpcEndpoints({ VpcEndpointIds: [...ids] });
    assert.deepEqual(Unsuccessful ?? [], []);
    await culvert.settled();
  };
  const isIn = (address: string, service: string) => {
    const [block = ''] = awsPrefixListNamed(service, REGION)?.cidrs ?? [];
    return address.split('.').slice(0, 3).join('.') === block.split('.').slice(0, 3).join('.');
  };

  it('does not reach them without an endpoint', async () => {
    await assert.rejects(s3(new Set()).listBuckets({}));
  });

  it('reaches buckets through a gateway endpoint, at S3’s public address', async () => {
    const endpoint = await gateway(S3_SERVICE);
    const reached = new Set<string>();
    const client = s3(reached);
    await client.createBucket({ Bucket: 'first', CreateBucketConfiguration: { LocationConstraint: REGION } });
    await client.putObject({ Bucket: 'first', Key: 'hello', Body: 'through the gateway' });
    const { Body } = await client.getObject({ Bucket: 'first', Key: 'hello' });
    assert.equal(await Body?.transformToString(), 'through the gateway');
    assert.ok(
      [...reached].every((address) => isIn(address, S3_SERVICE)),
      [...reached].join(),
    );
    await release(endpoint);
    await assert.rejects(s3(new Set()).listBuckets({}));
  });

  it('reaches tables through a gateway endpoint', async () => {
    const endpoint = await gateway(DYNAMODB_SERVICE);
    const reached = new Set<string>();
    const client = dynamodb(reached);
    await client.createTable({
      TableName: 'things',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    await Dynamo.waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: 'things' });
    await client.putItem({ TableName: 'things', Item: { id: { S: 'a' }, n: { N: '1' } } });
    const { Item } = await client.getItem({ TableName: 'things', Key: { id: { S: 'a' } } });
    assert.deepEqual(Item?.n, { N: '1' });
    assert.ok(
      [...reached].every((address) => isIn(address, DYNAMODB_SERVICE)),
      [...reached].join(),
    );
    await release(endpoint);
  });

  it('reaches buckets through an interface endpoint by its own names', async () => {
    const endpoint = await makeEndpoint(site, S3_SERVICE);
    await culvert.settled();
    const reached = new Set<string>();
    const client = s3(reached, `https://bucket.${endpoint.name.replace(/^\*\./, '')}`);
    const { Body } = await client.getObject({ Bucket: 'first', Key: 'hello' });
    assert.equal(await Body?.transformToString(), 'through the gateway');
    assert.deepEqual([...reached], [endpoint.address]);
    await release(endpoint.id);
  });

  it('reaches both by AWS’s names where private DNS is for the whole VPC', async () => {
    const wish = {
      PrivateDnsEnabled: true,
      DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: false },
    };
    const [buckets, tables] = [
      await makeEndpoint(site, S3_SERVICE, wish),
      await makeEndpoint(site, DYNAMODB_SERVICE, wish),
    ];
    await culvert.settled();
    const reached = new Set<string>();
    const { Contents } = await s3(reached).listObjectsV2({ Bucket: 'first' });
    assert.deepEqual(
      Contents?.map(({ Key }) => Key),
      ['hello'],
    );
    assert.deepEqual([...reached], [buckets.address]);
    const { Count } = await dynamodb(reached).scan({ TableName: 'things' });
    assert.equal(Count, 1);
    assert.deepEqual([...reached], [buckets.address, tables.address]);
    await release(buckets.id, tables.id);
  });

  it('keeps public names inside the VPC where private DNS is for inbound resolvers only', async () => {
    const way = await gateway(S3_SERVICE);
    const buckets = await makeEndpoint(site, S3_SERVICE, { PrivateDnsEnabled: true });
    await culvert.settled();
    const reached = new Set<string>();
    await s3(reached).listObjectsV2({ Bucket: 'first' });
    assert.ok(
      [...reached].every((address) => isIn(address, S3_SERVICE)),
      [...reached].join(),
    );
    await release(buckets.id);
    await release(way);
  });
});
