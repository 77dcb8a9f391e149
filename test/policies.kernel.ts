/**
 * Policies decide, by requests from a private instance: endpoint policies, bucket and queue policies that ask for the endpoint, the
 * VPC or the private address, identity policies of users. Signatures and TLS verified all the way.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as EC2 from '@aws-sdk/client-ec2';
import * as IAM from '@aws-sdk/client-iam';
import * as S3 from '@aws-sdk/client-s3';
import * as SQS from '@aws-sdk/client-sqs';
import { REGION, type TestCulvert, testCulvert, until } from './culvert.ts';
import { type Inside, inside } from './inside.ts';
import { given, makeEndpoint, makeSite, type Site } from './private-service.ts';

const ACCOUNT = '123456789012';
const STRANGER = '222222222222';
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const statement = (Effect: 'Allow' | 'Deny', Action: string | string[], more: object = {}) => ({
  Effect,
  Principal: '*',
  Action,
  Resource: '*',
  ...more,
});

describe('policies decide', { timeout: 180_000 }, () => {
  let culvert: TestCulvert;
  let site: Site;
  let table: string;
  let root: Inside['credentials'];
  let gateway: string;

  const s3 = (credentials = root, endpoint?: string) =>
    new S3.S3({ ...inside(culvert, site, credentials), ...(endpoint && { endpoint }) });
  const sqs = (credentials = root) => new SQS.SQS(inside(culvert, site, credentials));
  const modify = async (VpcEndpointId: string, document: string | null) => {
    const change = document === null ? { ResetPolicy: true } : { PolicyDocument: document };
    await site.ec2.modifyVpcEndpoint({ VpcEndpointId, ...change });
    await culvert.settled();
  };
  const denied = (call: Promise<unknown>, text: string | RegExp, name = 'AccessDenied') =>
    assert.rejects(call, (error: Error) => {
      assert.equal(error.name, name);
      if (typeof text === 'string') assert.ok(error.message.endsWith(text), error.message);
      else assert.match(error.message, text);
      return true;
    });

  /** A user with a policy of its own, and its key. */
  async function user(account: string, name: string, ...statements: object[]): Promise<Inside['credentials']> {
    const sdk = culvert.sdk();
    const iam = new IAM.IAM({
      ...sdk,
      credentials: account === ACCOUNT ? sdk.credentials : { accessKeyId: account, secretAccessKey: 'any' },
    });
    await iam.createUser({ UserName: name });
    if (statements.length > 0) {
      const own = statements.map(({ Principal: _, ...rest }: { Principal?: string }) => rest);
      await iam.putUserPolicy({ UserName: name, PolicyName: 'own', PolicyDocument: policy(...own) });
    }
    const { AccessKey } = await iam.createAccessKey({ UserName: name });
    await culvert.settled();
    return { accessKeyId: given(AccessKey?.AccessKeyId), secretAccessKey: given(AccessKey?.SecretAccessKey) };
  }

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    site = await makeSite(culvert, ACCOUNT, '10.0.10.50');
    root = culvert.sdk().credentials;
    const { RouteTables } = await site.ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [site.vpc] }] });
    table = given(RouteTables?.[0]?.RouteTableId);
    const { VpcEndpoint } = await site.ec2.createVpcEndpoint({
      VpcId: site.vpc,
      ServiceName: `com.amazonaws.${REGION}.s3`,
      RouteTableIds: [table],
    });
    gateway = given(VpcEndpoint?.VpcEndpointId);
    await culvert.settled();
    await s3().createBucket({ Bucket: 'ours', CreateBucketConfiguration: { LocationConstraint: REGION } });
    await s3().putObject({ Bucket: 'ours', Key: 'k', Body: 'x' });
  });

  after(async () => assert.deepEqual(await culvert.close(), []));

  it('a user may do what its policies say, in AWS’s words otherwise', async () => {
    const reader = await user(
      ACCOUNT,
      'reader',
      statement('Allow', ['s3:GetObject'], { Resource: 'arn:aws:s3:::ours/*' }),
    );
    await s3(reader).getObject({ Bucket: 'ours', Key: 'k' });
    await denied(
      s3(reader).putObject({ Bucket: 'ours', Key: 'k', Body: 'y' }),
      `User: arn:aws:iam::${ACCOUNT}:user/reader is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::ours/k" because no identity-based policy allows the s3:PutObject action`,
    );
    await denied(
      s3(reader).listObjectsV2({ Bucket: 'ours' }),
      'because no identity-based policy allows the s3:ListBucket action',
    );
  });

  it('a gateway endpoint’s policy limits everybody, the root too; an explicit deny is told', async () => {
    await modify(gateway, policy(statement('Allow', 's3:GetObject')));
    await s3().getObject({ Bucket: 'ours', Key: 'k' });
    await denied(s3().listBuckets({}), 'because no VPC endpoint policy allows the s3:ListAllMyBuckets action');
    await modify(gateway, policy(statement('Allow', '*'), statement('Deny', 's3:DeleteObject')));
    await denied(s3().deleteObject({ Bucket: 'ours', Key: 'k' }), 'with an explicit deny in a VPC endpoint policy');
    await modify(gateway, null);
    await s3().listBuckets({});
  });

  it('a bucket only from one endpoint, one VPC, one address', async () => {
    const face = await makeEndpoint(site, `com.amazonaws.${REGION}.s3`);
    await culvert.settled();
    const beside = s3(root, `https://bucket.${face.name.replace(/^\*\./, '')}`);
    await beside.getObject({ Bucket: 'ours', Key: 'k' });
    const only = (Condition: object) =>
      s3().putBucketPolicy({
        Bucket: 'ours',
        Policy: policy(statement('Deny', 's3:GetObject', { Resource: 'arn:aws:s3:::ours/*', Condition })),
      });
    await only({ StringNotEquals: { 'aws:SourceVpce': gateway } });
    await s3().getObject({ Bucket: 'ours', Key: 'k' });
    await denied(beside.getObject({ Bucket: 'ours', Key: 'k' }), 'with an explicit deny in a resource-based policy');
    await only({ StringNotEquals: { 'aws:SourceVpc': site.vpc }, NotIpAddress: { 'aws:VpcSourceIp': '10.0.10.50' } });
    await s3().getObject({ Bucket: 'ours', Key: 'k' });
    await beside.getObject({ Bucket: 'ours', Key: 'k' });
    await only({ NotIpAddress: { 'aws:VpcSourceIp': ['10.0.10.51/32', '10.9.0.0/16'] } });
    await denied(s3().getObject({ Bucket: 'ours', Key: 'k' }), 'with an explicit deny in a resource-based policy');
    await denied(beside.getObject({ Bucket: 'ours', Key: 'k' }), 'with an explicit deny in a resource-based policy');
    await s3().deleteBucketPolicy({ Bucket: 'ours' });
    await beside.getObject({ Bucket: 'ours', Key: 'k' });
    await site.ec2.deleteVpcEndpoints({ VpcEndpointIds: [face.id] });
    await culvert.settled();
  });

  it('an endpoint that only reaches the account’s own buckets', async () => {
    const stranger = await user(STRANGER, 'bob', statement('Allow', 's3:*'));
    await s3(stranger).createBucket({ Bucket: 'theirs', CreateBucketConfiguration: { LocationConstraint: REGION } });
    await s3(stranger).putBucketPolicy({
      Bucket: 'theirs',
      Policy: policy(
        statement('Allow', 's3:PutObject', { Principal: { AWS: ACCOUNT }, Resource: 'arn:aws:s3:::theirs/*' }),
      ),
    });
    await s3().putObject({ Bucket: 'theirs', Key: 'leak', Body: 'x' });
    await modify(
      gateway,
      policy(statement('Allow', '*', { Condition: { StringEquals: { 'aws:ResourceAccount': ACCOUNT } } })),
    );
    await denied(
      s3().putObject({ Bucket: 'theirs', Key: 'leak', Body: 'x' }),
      'because no VPC endpoint policy allows the s3:PutObject action',
    );
    await s3().putObject({ Bucket: 'ours', Key: 'fine', Body: 'x' });
    await modify(gateway, null);
    await denied(
      s3().getObject({ Bucket: 'theirs', Key: 'leak' }),
      'because no resource-based policy allows the s3:GetObject action',
    );
  });

  it('send but not receive', async () => {
    const only = policy(statement('Allow', ['sqs:SendMessage', 'sqs:GetQueueUrl', 'sqs:CreateQueue']));
    const face = await makeEndpoint(site, `com.amazonaws.${REGION}.sqs`, { PolicyDocument: only });
    await until('the endpoint answers', async () => {
      await culvert.settled();
      return sqs()
        .createQueue({ QueueName: 'orders' })
        .catch(() => undefined);
    });
    const QueueUrl = given((await sqs().getQueueUrl({ QueueName: 'orders' })).QueueUrl);
    await sqs().sendMessage({ QueueUrl, MessageBody: 'one' });
    await denied(
      sqs().receiveMessage({ QueueUrl }),
      'because no VPC endpoint policy allows the sqs:ReceiveMessage action',
    );
    await modify(face.id, null);
    const { Messages } = await sqs().receiveMessage({ QueueUrl });
    assert.equal(Messages?.[0]?.Body, 'one');
  });

  it('EC2’s endpoint: its policy and the caller’s decide what the API does, and from where', async () => {
    const only = policy(statement('Allow', ['ec2:DescribeVpcs', 'ec2:DescribeSubnets']));
    const face = await makeEndpoint(site, `com.amazonaws.${REGION}.ec2`, { PolicyDocument: only });
    const here = { StringEquals: { 'aws:SourceVpce': face.id }, IpAddress: { 'aws:VpcSourceIp': '10.0.10.50' } };
    const walter = await user(ACCOUNT, 'walter', statement('Allow', 'ec2:DescribeVpcs', { Condition: here }));
    const ec2 = (credentials = root) => new EC2.EC2(inside(culvert, site, credentials));
    await until('the endpoint answers', () =>
      ec2()
        .describeVpcs({})
        .catch(() => undefined),
    );
    await denied(
      ec2().describeRouteTables({}),
      'because no VPC endpoint policy allows the ec2:DescribeRouteTables action',
      'UnauthorizedOperation',
    );
    await ec2(walter).describeVpcs({});
    await denied(
      ec2(walter).describeSubnets({}),
      'because no identity-based policy allows the ec2:DescribeSubnets action',
      'UnauthorizedOperation',
    );
    await denied(
      new EC2.EC2({ ...culvert.sdk(), credentials: walter }).describeVpcs({}),
      'because no identity-based policy allows the ec2:DescribeVpcs action',
      'UnauthorizedOperation',
    );
  });

  it('a queue’s policy lets a user in that has none, and keeps the root out', async () => {
    const { QueueUrl } = await sqs().getQueueUrl({ QueueName: 'orders' });
    const nobody = await user(ACCOUNT, 'nobody');
    await denied(
      sqs(nobody).sendMessage({ QueueUrl, MessageBody: 'x' }),
      'because no identity-based policy allows the sqs:SendMessage action',
    );
    const Policy = policy(
      statement('Allow', 'sqs:SendMessage', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/nobody` } }),
      statement('Deny', 'sqs:PurgeQueue'),
    );
    await sqs().setQueueAttributes({ QueueUrl, Attributes: { Policy } });
    await sqs(nobody).sendMessage({ QueueUrl, MessageBody: 'x' });
    await denied(sqs().purgeQueue({ QueueUrl }), 'with an explicit deny in a resource-based policy');
    await denied(
      sqs().setQueueAttributes({ QueueUrl, Attributes: { Policy: '{"Statement":[]}' } }),
      'Invalid value for the parameter Policy.',
      'InvalidAttributeValue',
    );
  });
});
