/**
 * The unchanged AWS SDK for JavaScript against the wire, in every protocol: what the client sends arrives as given, what
 * is answered arrives at the client, errors arrive as the SDK's own classes.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateVpcEndpointCommand,
  DeleteVpcCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateRoleCommand, DeleteRoleCommand, EntityAlreadyExistsException, IAMClient } from '@aws-sdk/client-iam';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { QueueDoesNotExist, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { notImplemented, Refusal } from '../model/refusal.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let config: {
  region: string;
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
};
before(async () => {
  server = await startTestServer();
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'secret' };
  config = { region: 'ap-south-1', endpoint: server.url, credentials, maxAttempts: 1 };
});
after(() => server.close());

const ODD = 'a&b <c> "d" \'e\'\né☃ 😀\r\n\ttail ';

/** The decoded input; fails with the refusal's text if there is one. */
function input() {
  const call = server.call();
  if (call.kind === 'refused') assert.fail(`${call.refusal.code}: ${call.refusal.message}`);
  return call.input;
}

test('ec2Query', async () => {
  const client = new EC2Client(config);
  server.answer({
    VpcEndpoint: {
      VpcEndpointId: 'vpce-1',
      SubnetIds: [],
      Groups: [{ GroupId: 'sg-1', GroupName: ODD }],
      DnsEntries: [{ DnsName: 'a' }, { DnsName: 'b' }],
      PrivateDnsEnabled: false,
      CreationTimestamp: new Date('2026-01-02T03:04:05.678Z'),
    },
  });
  const sent = {
    VpcId: 'vpc-1',
    ServiceName: 'com.amazonaws.ap-south-1.sqs',
    VpcEndpointType: 'Interface' as const,
    SubnetIds: ['subnet-1', 'subnet-2'],
    PrivateDnsEnabled: true,
    PolicyDocument: ODD,
    TagSpecifications: [{ ResourceType: 'vpc-endpoint' as const, Tags: [{ Key: ODD, Value: '' }] }],
  };
  const output = await client.send(new CreateVpcEndpointCommand(sent));
  assert.deepEqual(input(), sent);
  assert.equal(server.call().service, 'ec2');
  assert.equal(server.call().region, 'ap-south-1');
  assert.equal(server.call().accessKeyId, '111122223333');
  const { $metadata, ...rest } = output;
  assert.deepEqual(rest, {
    VpcEndpoint: {
      VpcEndpointId: 'vpce-1',
      SubnetIds: [],
      Groups: [{ GroupId: 'sg-1', GroupName: ODD }],
      DnsEntries: [{ DnsName: 'a' }, { DnsName: 'b' }],
      PrivateDnsEnabled: false,
      CreationTimestamp: new Date('2026-01-02T03:04:05.678Z'),
    },
  });
  await client.send(
    new DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-id', Values: ['a', 'b'] }], MaxResults: 5 }),
  );
  assert.deepEqual(input(), { Filters: [{ Name: 'vpc-id', Values: ['a', 'b'] }], MaxResults: 5 });
  await client.send(new DeleteVpcCommand({ VpcId: 'vpc-1' }));
  assert.match(JSON.stringify(server.call()), /DeleteVpc/);
});

test('awsQuery', async () => {
  const client = new IAMClient({ ...config, region: 'us-east-1' });
  server.answer({
    Role: { RoleName: 'r', Path: '/', RoleId: 'AROA', Arn: 'arn', CreateDate: new Date(1000), Tags: [] },
  });
  const sent = {
    RoleName: 'r',
    AssumeRolePolicyDocument: ODD,
    Tags: [{ Key: 'k', Value: ODD }],
    MaxSessionDuration: 3600,
  };
  const output = await client.send(new CreateRoleCommand(sent));
  assert.deepEqual(input(), sent);
  assert.deepEqual(output.Role?.CreateDate, new Date(1000));
  assert.deepEqual(output.Role?.Tags, []);
  await client.send(new DeleteRoleCommand({ RoleName: 'r' }));
  server.answer({ Account: '1', Arn: 'a', UserId: 'u' });
  const identity = await new STSClient(config).send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Account, '1');
  assert.equal(server.call().service, 'sts');
  server.answer({ MessageId: 'm' });
  const attributes = {
    a: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    'b&c': { DataType: 'String', StringValue: ODD },
  };
  await new SNSClient(config).send(new PublishCommand({ TopicArn: 't', Message: ODD, MessageAttributes: attributes }));
  assert.deepEqual(input(), { TopicArn: 't', Message: ODD, MessageAttributes: attributes });
});

const sqsSettings = {
  defaultNamespace: 'com.amazonaws.sqs',
  xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
  version: '2012-11-05',
  serviceTarget: 'AmazonSQS',
};

for (const [name, protocol, expected] of [
  ['awsJson 1.0', undefined, 'awsJson1.0'],
  ['legacy query', AwsQueryProtocol, 'awsQuery'],
  ['rpcv2Cbor', SmithyRpcV2CborProtocol, 'rpcv2Cbor'],
] as const) {
  test(`SQS over ${name}`, async () => {
    const client = new SQSClient({
      ...config,
      md5: false,
      ...(protocol === undefined ? {} : { protocol: protocol as never, protocolSettings: sqsSettings as never }),
    });
    server.answer({ MessageId: 'm', MD5OfMessageBody: 'x' });
    const sent = {
      QueueUrl: 'https://sqs.ap-south-1.amazonaws.com/111122223333/q',
      MessageBody: ODD,
      DelaySeconds: 0,
      MessageAttributes: { 'a b': { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) } },
    };
    const output = await client.send(new SendMessageCommand(sent));
    assert.equal(output.MessageId, 'm');
    assert.deepEqual(input(), sent);
    assert.equal(server.call().protocol, expected);
    const message = {
      MessageId: '1',
      Body: ODD,
      Attributes: { SenderId: 'x' },
      MessageAttributes: { z: { DataType: 'Binary', BinaryValue: new Uint8Array([9]) } },
    };
    server.answer({ Messages: [message, message] });
    const received = await client.send(new ReceiveMessageCommand({ QueueUrl: 'u', MaxNumberOfMessages: 3 }));
    for (const each of received.Messages ?? []) {
      // The CBOR reader gives Buffers, which are not deeply equal to the Uint8Arrays that they are.
      const bytes = each.MessageAttributes?.z?.BinaryValue;
      if (bytes !== undefined) Object.assign(each.MessageAttributes?.z ?? {}, { BinaryValue: Uint8Array.from(bytes) });
    }
    assert.deepEqual(received.Messages, [message, message]);
    assert.deepEqual(input(), { QueueUrl: 'u', MaxNumberOfMessages: 3 });
    server.answer(new Refusal('QueueDoesNotExist', 'The specified queue does not exist.'));
    await assert.rejects(client.send(new ReceiveMessageCommand({ QueueUrl: 'u' })), (error) => {
      assert.ok(error instanceof QueueDoesNotExist, String(error));
      assert.equal(error.message, 'The specified queue does not exist.');
      return true;
    });
  });
}

test('restXml', async () => {
  const client = new S3Client({ ...config, forcePathStyle: true });
  server.answer({ ETag: '"1"' });
  const put = await client.send(
    new PutObjectCommand({
      Bucket: 'b',
      Key: 'dir/a b+c☃',
      Body: 'hello',
      ContentType: 'text/x',
      Metadata: { k: 'v' },
    }),
  );
  assert.equal(put.ETag, '"1"');
  const { Body, ChecksumCRC32, ChecksumAlgorithm, ...rest } = input();
  assert.equal(Buffer.from(Body).toString(), 'hello');
  assert.equal(rest.Key, 'dir/a b+c☃');
  assert.equal(rest.Bucket, 'b');
  assert.deepEqual(rest.Metadata, { k: 'v' });
  server.answer({
    Body: Buffer.from('content'),
    ContentLength: 7,
    LastModified: new Date('2026-01-02T03:04:05Z'),
    Metadata: { m: '1' },
  });
  const got = await client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
  assert.equal(await got.Body?.transformToString(), 'content');
  assert.deepEqual(got.LastModified, new Date('2026-01-02T03:04:05Z'));
  assert.deepEqual(got.Metadata, { m: '1' });
  server.answer({
    Name: 'b',
    Contents: [{ Key: ODD, Size: 3 }],
    IsTruncated: false,
    CommonPrefixes: [{ Prefix: 'p/' }],
  });
  const list = await client.send(new ListObjectsV2Command({ Bucket: 'b', Prefix: 'é', MaxKeys: 2 }));
  assert.equal(list.Contents?.[0]?.Key, ODD);
  assert.equal(server.call().operation, 'ListObjectsV2');
  assert.deepEqual(input(), { Bucket: 'b', Prefix: 'é', MaxKeys: 2 });
  server.answer(new Refusal('NoSuchKey', 'The specified key does not exist.', 404));
  await assert.rejects(client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })), NoSuchKey);
});

test('errors arrive as the SDK names them', async () => {
  server.answer(new Refusal('EntityAlreadyExists', 'Role with name r already exists.', 409));
  const sent = new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: '{}' });
  await assert.rejects(new IAMClient(config).send(sent), EntityAlreadyExistsException);
  server.answer(new Refusal('InvalidVpcID.NotFound', "The vpc ID 'vpc-1' does not exist"));
  const lost = { name: 'InvalidVpcID.NotFound', message: "The vpc ID 'vpc-1' does not exist" };
  await assert.rejects(new EC2Client(config).send(new DeleteVpcCommand({ VpcId: 'vpc-1' })), lost);
});

test('an operation that is not implemented is not retried', async () => {
  let attempts = 0;
  const client = new EC2Client({ ...config, maxAttempts: 3 });
  client.middlewareStack.add(
    (next) => (args) => {
      attempts++;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  server.answer(notImplemented('DeleteVpc'));
  await assert.rejects(client.send(new DeleteVpcCommand({ VpcId: 'vpc-1' })), { name: 'UnsupportedOperation' });
  assert.equal(attempts, 1);
});
