import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import * as S3 from '@aws-sdk/client-s3';
import * as SNS from '@aws-sdk/client-sns';
import * as SQS from '@aws-sdk/client-sqs';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { sealSession } from '../../host/seal.ts';
import type { Principal } from '../../iam/principal.ts';
import { ACCESS, ACCOUNT, KEY, OTHER_KEY, REGION, service, startTestEdge, type TestEdge } from './test-clients.ts';

const MIB = 1024 * 1024;

describe("AWS's services at the edge", () => {
  let edge: TestEdge;
  before(async () => {
    edge = await startTestEdge();
    await edge.put([
      service('sqs'),
      service('sns'),
      service('s3', undefined, [`*.s3.${REGION}.amazonaws.com`, `*.vpce-1.s3.${REGION}.vpce.amazonaws.com`]),
      service('athena', null),
    ]);
  });
  after(() => edge.stop());

  const sqs = (credentials?: object) => new SQS.SQS(edge.client('sqs', credentials));
  const s3 = (credentials?: object) => new S3.S3(edge.client('s3', credentials));
  const queryProtocol = (client: 'sqs' | 'sns') =>
    new AwsQueryProtocol({
      defaultNamespace: `com.amazonaws.${client}`,
      xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
      version: '2012-11-05',
      errorTypeRegistries: [],
    } as ConstructorParameters<typeof AwsQueryProtocol>[0]);
  const sqsByQuery = () =>
    new SQS.SQS({ ...edge.client('sqs'), protocol: queryProtocol('sqs') } as SQS.SQSClientConfig);

  describe('SQS', () => {
    for (const [protocol, make] of [
      ['JSON', () => sqs()],
      ['Query', sqsByQuery],
    ] as const) {
      it(`sends and receives by ${protocol}, over TLS that the CA vouches for`, async () => {
        const client = make();
        const { QueueUrl } = await client.createQueue({
          QueueName: `q-${protocol}`,
          Attributes: { VisibilityTimeout: '5' },
        });
        assert.equal(QueueUrl, `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/q-${protocol}`);
        const sent = await client.sendMessage({
          QueueUrl,
          MessageBody: 'h\u00e9llo <&> 000000000000',
          MessageAttributes: {
            text: { DataType: 'String', StringValue: 'x' },
            bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255, 1) },
          },
        });
        const got = await client.receiveMessage({
          QueueUrl,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        });
        const [message] = got.Messages ?? [];
        assert.equal(message?.MessageId, sent.MessageId);
        assert.equal(message?.Body, 'h\u00e9llo <&> 000000000000');
        assert.deepEqual([...(message?.MessageAttributes?.bytes?.BinaryValue ?? [])], [0, 255, 1]);
        assert.equal(message?.Attributes?.SenderId, ACCOUNT);
        await client.deleteMessage({ QueueUrl, ReceiptHandle: message?.ReceiptHandle ?? '' });
        const { Attributes } = await client.getQueueAttributes({
          QueueUrl,
          AttributeNames: ['QueueArn', 'VisibilityTimeout'],
        });
        assert.deepEqual(Attributes, {
          QueueArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q-${protocol}`,
          VisibilityTimeout: '5',
        });
      });

      it(`tells a missing queue by ${protocol}`, async () => {
        await assert.rejects(make().getQueueUrl({ QueueName: 'none' }), (error: Error) =>
          /QueueDoesNotExist|NonExistentQueue/.test(`${error.name}`),
        );
      });
    }

    it('waits for a message as long as it was asked to', async () => {
      const client = sqs();
      const { QueueUrl } = await client.createQueue({ QueueName: 'poll' });
      const waiting = client.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
      await new Promise((resolve) => setTimeout(resolve, 200));
      await client.sendMessage({ QueueUrl, MessageBody: 'at last' });
      const started = Date.now();
      assert.equal((await waiting).Messages?.[0]?.Body, 'at last');
      assert.ok(Date.now() - started < 10_000);
    });

    it('gives a message back at once when its visibility ends', async () => {
      const client = sqs();
      const { QueueUrl } = await client.createQueue({ QueueName: 'visible' });
      await client.sendMessage({ QueueUrl, MessageBody: 'again' });
      const [first] = (await client.receiveMessage({ QueueUrl })).Messages ?? [];
      await client.changeMessageVisibility({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 });
      assert.equal((await client.receiveMessage({ QueueUrl })).Messages?.[0]?.Body, 'again');
    });

    it('takes a queue by whatever host the client knows it by', async () => {
      const client = sqs();
      await client.createQueue({ QueueName: 'hosts' });
      for (const host of ['http://127.0.0.1:4566', `https://vpce-1.sqs.${REGION}.vpce.amazonaws.com`]) {
        const { MessageId } = await client.sendMessage({ QueueUrl: `${host}/${ACCOUNT}/hosts`, MessageBody: 'x' });
        assert.ok(MessageId);
      }
    });

    it('keeps accounts apart', async () => {
      const mine = await sqs().createQueue({ QueueName: 'mine' });
      await assert.rejects(sqs(OTHER_KEY).sendMessage({ QueueUrl: mine.QueueUrl, MessageBody: 'x' }), {
        name: 'AccessDenied',
      });
      const theirs = await sqs(OTHER_KEY).createQueue({ QueueName: 'mine' });
      assert.notEqual(theirs.QueueUrl, mine.QueueUrl);
      assert.deepEqual((await sqs(OTHER_KEY).listQueues({})).QueueUrls, [theirs.QueueUrl]);
    });

    it('keeps what it confirmed across a restart', async () => {
      const { QueueUrl } = await sqs().createQueue({ QueueName: 'durable', tags: { a: 'b' } });
      await sqs().sendMessage({ QueueUrl, MessageBody: 'still here' });
      await edge.restart();
      const got = await sqs().receiveMessage({ QueueUrl });
      assert.equal(got.Messages?.[0]?.Body, 'still here');
      assert.deepEqual((await sqs().listQueueTags({ QueueUrl })).Tags, { a: 'b' });
    });

    it('refuses by name what it does not do', async () => {
      await assert.rejects(
        sqs().addPermission({
          QueueUrl: `https://x/${ACCOUNT}/hosts`,
          Label: 'l',
          AWSAccountIds: ['1'],
          Actions: ['*'],
        }),
        {
          name: 'UnsupportedOperation',
          message: /AddPermission/,
        },
      );
    });
  });

  describe('signatures', () => {
    it('a wrong secret is refused, in JSON and in Query', async () => {
      const wrong = { accessKeyId: KEY.accessKeyId, secretAccessKey: 'wrong' };
      await assert.rejects(sqs(wrong).listQueues({}), { name: /InvalidSignatureException|SignatureDoesNotMatch/ });
      await assert.rejects(s3(wrong).listBuckets({}), { name: 'SignatureDoesNotMatch' });
      await assert.rejects(new SNS.SNS(edge.client('sns', wrong)).listTopics({}), { name: /SignatureDoesNotMatch/ });
    });

    it('an unknown key is let in only when lenient, and only by the door of the host', async () => {
      const unknown = { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' };
      const other = { accessKeyId: '777788889999', secretAccessKey: 'x' };
      const byHost = (credentials: object) =>
        new SQS.SQS({ ...edge.client('sqs', credentials), endpoint: `http://127.0.0.1:${edge.plainPort}` });
      const refused = { name: /UnrecognizedClientException|InvalidClientTokenId/ };
      await assert.rejects(sqs(unknown).listQueues({}), refused);
      await assert.rejects(byHost(unknown).listQueues({}), refused);
      edge.handler.allow({ ...ACCESS, authMode: 'lenient' });
      try {
        const { QueueUrl } = await byHost(unknown).createQueue({ QueueName: 'lenient' });
        assert.match(QueueUrl ?? '', new RegExp(`/${ACCOUNT}/lenient$`));
        const { QueueUrl: theirs } = await byHost(other).createQueue({ QueueName: 'lenient' });
        assert.match(theirs ?? '', /\/777788889999\/lenient$/);
        await assert.rejects(sqs(unknown).listQueues({}), refused);
        await assert.rejects(sqs(other).listQueues({}), refused);
      } finally {
        edge.handler.allow(ACCESS);
      }
    });

    it("an instance's session acts in its account until it expires", async () => {
      const session = (expiresAt: string) => {
        const principal: Principal = {
          kind: 'session',
          account: ACCOUNT,
          roleName: 'app',
          roleId: 'AROAEXAMPLE',
          path: '/',
          sessionName: 'i-1',
          policies: [],
        };
        return {
          accessKeyId: 'ASIAEXAMPLE',
          secretAccessKey: 'session-secret',
          sessionToken: sealSession(edge.sealKey, {
            accessKeyId: 'ASIAEXAMPLE',
            secret: 'session-secret',
            principal,
            expiresAt,
          }),
        };
      };
      const live = session(new Date(Date.now() + 60_000).toISOString());
      assert.ok((await sqs(live).createQueue({ QueueName: 'by-session' })).QueueUrl?.includes(ACCOUNT));
      await assert.rejects(sqs({ ...live, secretAccessKey: 'x' }).listQueues({}));
      await assert.rejects(sqs({ ...live, sessionToken: 'AAAA' }).listQueues({}));
      await assert.rejects(sqs(session(new Date(Date.now() - 1000).toISOString())).listQueues({}), {
        name: /ExpiredToken/,
      });
    });

    it('a scope for another service or region is refused', async () => {
      await assert.rejects(new SQS.SQS({ ...edge.client('sqs'), region: 'eu-west-1' }).listQueues({}), /valid region/);
      const cross = new SQS.SQS({ ...edge.client('sqs'), endpoint: edge.client('sns').endpoint });
      await assert.rejects(cross.listQueues({}), /correct service: 'sns'/);
    });
  });

  describe('resource policies', () => {
    const everyone = {
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' },
    };
    const Policy = JSON.stringify({ ...everyone, Statement: { ...everyone.Statement, Action: 'sqs:GetQueueUrl' } });

    it('a queue’s policy has its word where the queue is asked for by name', async () => {
      const { QueueUrl } = await sqs().createQueue({ QueueName: 'shy', Attributes: { Policy } });
      await assert.rejects(sqs().getQueueUrl({ QueueName: 'shy' }), /explicit deny in a resource-based policy/);
      assert.equal((await sqs().createQueue({ QueueName: 'shy' })).QueueUrl, QueueUrl);
      await sqs().setQueueAttributes({ QueueUrl, Attributes: { Policy: '' } });
      assert.equal((await sqs().getQueueUrl({ QueueName: 'shy' })).QueueUrl, QueueUrl);
    });

    it('a topic’s policy has its word on its subscriptions', async () => {
      const sns = new SNS.SNS(edge.client('sns'));
      const { TopicArn } = await sns.createTopic({ Name: 'shy' });
      const to = { Protocol: 'sqs', Endpoint: `arn:aws:sqs:${REGION}:${ACCOUNT}:reader` };
      const { SubscriptionArn } = await sns.subscribe({ TopicArn, ...to, ReturnSubscriptionArn: true });
      await sns.getSubscriptionAttributes({ SubscriptionArn });
      const Deny = { ...everyone.Statement, Action: ['sns:GetSubscriptionAttributes', 'sns:Unsubscribe'] };
      const AttributeValue = JSON.stringify({ ...everyone, Statement: Deny });
      await sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue });
      const denied = /explicit deny in a resource-based policy/;
      await assert.rejects(sns.getSubscriptionAttributes({ SubscriptionArn }), denied);
      await assert.rejects(sns.unsubscribe({ SubscriptionArn }), denied);
    });
  });

  it('tells what it keeps of a resource by its ARN, whoever’s it is, and nothing of what is not there', async () => {
    const arn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
    await sqs().createQueue({ QueueName: 'marked', tags: { team: 'red' } });
    assert.deepEqual(await edge.policyOf(arn('marked')), { owner: ACCOUNT, policy: null, tags: { team: 'red' } });
    const s3 = new S3.S3(edge.client('s3'));
    await s3.createBucket({ Bucket: 'told', CreateBucketConfiguration: { LocationConstraint: REGION } });
    const Statement = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::told/*' };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await s3.putBucketPolicy({ Bucket: 'told', Policy });
    for (const named of ['arn:aws:s3:::told', 'arn:aws:s3:::told/a:b/c']) {
      assert.deepEqual(await edge.policyOf(named), { owner: ACCOUNT, policy: Policy, tags: {} });
    }
    const { TopicArn = '' } = await new SNS.SNS(edge.client('sns')).createTopic({ Name: 'told' });
    assert.equal((await edge.policyOf(TopicArn))?.owner, ACCOUNT);
    const absent = [arn('none'), arn('marked').replace(ACCOUNT, '999999999999'), 'arn:aws:s3:::none', 'arn', '*'];
    for (const each of absent) assert.equal(await edge.policyOf(each), null, each);
    await s3.deleteBucket({ Bucket: 'told' });
    assert.equal(await edge.policyOf('arn:aws:s3:::told'), null);
  });

  describe('SNS', () => {
    it('tells whose a topic is, and the policy that AWS gives each', async () => {
      const sns = new SNS.SNS(edge.client('sns'));
      const { TopicArn } = await sns.createTopic({ Name: 'owned' });
      const told = async () => (await sns.getTopicAttributes({ TopicArn })).Attributes ?? {};
      const { Owner, Policy } = await told();
      assert.equal(Owner, ACCOUNT);
      const [statement] = JSON.parse(Policy ?? '').Statement;
      assert.deepEqual([statement.Sid, statement.Resource], ['__default_statement_ID', TopicArn]);
      assert.deepEqual(statement.Condition, { StringEquals: { 'AWS:SourceOwner': ACCOUNT } });
      const Statement = { Effect: 'Allow', Principal: '*', Action: 'sns:Publish', Resource: TopicArn };
      const own = JSON.stringify({ Version: '2012-10-17', Statement });
      await sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue: own });
      assert.equal((await told()).Policy, own);
    });

    it('takes delivery status for what it is: none', async () => {
      const sns = new SNS.SNS(edge.client('sns'));
      const { TopicArn } = await sns.createTopic({ Name: 'quiet' });
      const set = (AttributeName: string, AttributeValue: string, arn = TopicArn) =>
        sns.setTopicAttributes({ TopicArn: arn, AttributeName, AttributeValue });
      // Terraform's provider says so for each new topic.
      await set('FirehoseSuccessFeedbackSampleRate', '0');
      await set('SQSFailureFeedbackRoleArn', '');
      for (const [name, value] of [
        ['SQSSuccessFeedbackSampleRate', '50'],
        ['SQSFailureFeedbackRoleArn', '0'],
      ] as const) {
        await assert.rejects(set(name, value), { name: 'NotImplemented', message: new RegExp(name) });
      }
      await assert.rejects(set('LambdaSuccessFeedbackSampleRate', '0', `${TopicArn}-not`), {
        name: 'NotFoundException',
      });
    });

    it('delivers to a queue, with the right ARNs in the envelope', async () => {
      const sns = new SNS.SNS(edge.client('sns'));
      const { TopicArn } = await sns.createTopic({ Name: 'news' });
      assert.equal(TopicArn, `arn:aws:sns:${REGION}:${ACCOUNT}:news`);
      const { QueueUrl } = await sqs().createQueue({ QueueName: 'reader' });
      const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:reader`;
      const { SubscriptionArn } = await sns.subscribe({
        TopicArn,
        Protocol: 'sqs',
        Endpoint,
        ReturnSubscriptionArn: true,
      });
      await sns.publish({ TopicArn, Subject: 's', Message: 'extra' });
      const [message] = (await sqs().receiveMessage({ QueueUrl, WaitTimeSeconds: 2 })).Messages ?? [];
      const envelope = JSON.parse(message?.Body ?? '{}');
      assert.deepEqual([envelope.Message, envelope.Subject, envelope.TopicArn], ['extra', 's', TopicArn]);
      assert.ok(envelope.UnsubscribeURL.endsWith(SubscriptionArn));
    });

    it('refuses deliveries that it would not make, and topics of others', async () => {
      const sns = new SNS.SNS(edge.client('sns'));
      const { TopicArn } = await sns.createTopic({ Name: 'refusing' });
      await assert.rejects(sns.subscribe({ TopicArn, Protocol: 'email', Endpoint: 'a@b.c' }), /by protocol "email"/);
      await assert.rejects(
        sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: `arn:aws:sqs:eu-west-1:${ACCOUNT}:q` }),
        /same account and region/,
      );
      await assert.rejects(new SNS.SNS(edge.client('sns', OTHER_KEY)).publish({ TopicArn, Message: 'x' }), {
        name: /AuthorizationError/,
      });
      await assert.rejects(sns.publish({ TopicArn: `${TopicArn}-none`, Message: 'x' }), { name: /NotFound/ });
    });
  });

  describe('S3', () => {
    const bucket = 'first-bucket';
    before(async () => {
      await s3().createBucket({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
    });

    it('puts, gets, lists and deletes, by path and by host name', async () => {
      for (const forcePathStyle of [true, false]) {
        const client = new S3.S3({ ...edge.client('s3'), forcePathStyle });
        const Key = `a/b \u00e9+${forcePathStyle}.txt`;
        await client.putObject({
          Bucket: bucket,
          Key,
          Body: 'hello',
          Metadata: { who: 'me' },
          ContentType: 'text/plain',
        });
        const got = await client.getObject({ Bucket: bucket, Key });
        assert.equal(await got.Body?.transformToString(), 'hello');
        assert.deepEqual([got.Metadata, got.ContentType, got.ETag], [{ who: 'me' }, 'text/plain', `"${md5('hello')}"`]);
        const part = await client.getObject({ Bucket: bucket, Key, Range: 'bytes=1-3' });
        assert.deepEqual([await part.Body?.transformToString(), part.ContentRange], ['ell', 'bytes 1-3/5']);
        const head = await client.headObject({ Bucket: bucket, Key });
        assert.equal(head.ContentLength, 5);
        const listed = await client.listObjectsV2({ Bucket: bucket, Prefix: 'a/' });
        assert.deepEqual(
          listed.Contents?.map((each) => each.Key),
          [Key],
        );
        await client.deleteObject({ Bucket: bucket, Key });
        await assert.rejects(client.getObject({ Bucket: bucket, Key }), { name: 'NoSuchKey' });
        await assert.rejects(client.headObject({ Bucket: bucket, Key }), { name: 'NotFound' });
      }
    });

    it('moves 64 MiB whole, in one piece and in parts', async () => {
      const body = randomBytes(64 * MIB);
      const client = s3();
      await client.putObject({ Bucket: bucket, Key: 'big', Body: body });
      const got = await client.getObject({ Bucket: bucket, Key: 'big' });
      assert.equal(md5(await got.Body?.transformToByteArray()), md5(body));

      const { UploadId } = await client.createMultipartUpload({ Bucket: bucket, Key: 'parts' });
      const parts = [];
      for (let at = 0; at < 4; at++) {
        const PartNumber = at + 1;
        const Body = body.subarray(at * 16 * MIB, (at + 1) * 16 * MIB);
        const { ETag } = await client.uploadPart({ Bucket: bucket, Key: 'parts', UploadId, PartNumber, Body });
        parts.push({ ETag, PartNumber });
      }
      await client.completeMultipartUpload({
        Bucket: bucket,
        Key: 'parts',
        UploadId,
        MultipartUpload: { Parts: parts },
      });
      const ranges = await Promise.all(
        [0, 1, 2, 3, 4, 5, 6, 7].map(async (at) => {
          const Range = `bytes=${at * 8 * MIB}-${(at + 1) * 8 * MIB - 1}`;
          return (await client.getObject({ Bucket: bucket, Key: 'parts', Range })).Body?.transformToByteArray();
        }),
      );
      assert.equal(md5(Buffer.concat(ranges as Uint8Array[])), md5(body));
      await edge.restart();
      const again = await s3().getObject({ Bucket: bucket, Key: 'parts' });
      assert.equal(md5(await again.Body?.transformToByteArray()), md5(body));
    });

    it('refuses a body that is not what its checksum says', async () => {
      await assert.rejects(
        s3().putObject({ Bucket: bucket, Key: 'x', Body: 'abc', ChecksumSHA256: `${'A'.repeat(43)}=` }),
        {
          name: 'BadDigest',
        },
      );
      await assert.rejects(s3().getObject({ Bucket: bucket, Key: 'x' }), { name: 'NoSuchKey' });
    });

    it('has one space of bucket names, and lets only the owner in', async () => {
      const other = s3(OTHER_KEY);
      const configuration = { LocationConstraint: REGION } as const;
      await assert.rejects(other.createBucket({ Bucket: bucket, CreateBucketConfiguration: configuration }), {
        name: 'BucketAlreadyExists',
      });
      await assert.rejects(s3().createBucket({ Bucket: bucket, CreateBucketConfiguration: configuration }), {
        name: 'BucketAlreadyOwnedByYou',
      });
      await assert.rejects(other.listObjectsV2({ Bucket: bucket }), { name: 'AccessDenied' });
      assert.deepEqual((await other.listBuckets({})).Buckets ?? [], []);
      assert.deepEqual(
        (await s3().listBuckets({})).Buckets?.map((each) => each.Name),
        [bucket],
      );
      await assert.rejects(s3().listObjectsV2({ Bucket: 'no-such' }), { name: 'NoSuchBucket' });
    });

    it('knows where a bucket is', async () => {
      assert.equal((await s3().getBucketLocation({ Bucket: bucket })).LocationConstraint, REGION);
      await assert.rejects(
        s3().createBucket({
          Bucket: 'elsewhere',
          CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
        }),
        { name: 'IllegalLocationConstraintException' },
      );
      const wrongRegion = new S3.S3({ ...edge.client('s3'), region: 'us-east-1' });
      await assert.rejects(wrongRegion.listObjectsV2({ Bucket: bucket }), { name: 'AuthorizationHeaderMalformed' });
    });

    it('makes buckets of any region at the endpoint of us-east-1, and lets an owner make his own again', async () => {
      const endpoint = `http://127.0.0.1:${edge.plainPort}`;
      const at = (region: string) => new S3.S3({ region, credentials: KEY, endpoint, forcePathStyle: true });
      const east = at('us-east-1');
      await east.createBucket({ Bucket: 'in-the-east' });
      // The default said aloud, as Terraform's provider does.
      await east.createBucket({ Bucket: 'in-the-east', ACL: 'private' });
      await east.createBucket({ Bucket: 'in-ireland', CreateBucketConfiguration: { LocationConstraint: 'EU' } });
      assert.equal((await east.getBucketLocation({ Bucket: 'in-the-east' })).LocationConstraint, undefined);
      assert.equal((await east.getBucketLocation({ Bucket: 'in-ireland' })).LocationConstraint, 'eu-west-1');
      await east.deleteBucket({ Bucket: 'in-the-east' });
      await at('eu-west-1').deleteBucket({ Bucket: 'in-ireland' });
    });

    it('refuses by name what it does not do', async () => {
      // In S3's own code, which tools take for "not on this S3".
      await assert.rejects(s3().getBucketAcl({ Bucket: bucket }), {
        name: 'NotImplemented',
        message: /GetBucketAcl/,
      });
      await assert.rejects(s3().putObject({ Bucket: bucket, Key: 'x', Body: 'x', ACL: 'public-read' }), {
        message: /PutObject with ACL/,
      });
    });

    it('keeps tags of a bucket', async () => {
      const client = s3();
      const Bucket = 'tagged';
      await client.createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
      const put = (...TagSet: S3.Tag[]) => client.putBucketTagging({ Bucket, Tagging: { TagSet } });
      await assert.rejects(client.getBucketTagging({ Bucket }), { name: 'NoSuchTagSet' });
      await put({ Key: 'team', Value: 'net & more' }, { Key: 'empty', Value: '' });
      await assert.rejects(put({ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }), { name: 'InvalidTag' });
      await assert.rejects(put({ Key: 'aws:x', Value: '1' }), { name: 'InvalidTag' });
      await assert.rejects(put({ Key: 'k'.repeat(129), Value: '1' }), { name: 'InvalidTag' });
      await assert.rejects(put(...Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' }))), {
        name: 'BadRequest',
      });
      await edge.restart();
      assert.deepEqual((await s3().getBucketTagging({ Bucket })).TagSet, [
        { Key: 'team', Value: 'net & more' },
        { Key: 'empty', Value: '' },
      ]);
      await s3().deleteBucketTagging({ Bucket });
      await assert.rejects(s3().getBucketTagging({ Bucket }), { name: 'NoSuchTagSet' });
      // Who has the name next begins without.
      await s3().putBucketTagging({ Bucket, Tagging: { TagSet: [{ Key: 'a', Value: '1' }] } });
      await s3().deleteBucket({ Bucket });
      await s3().createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
      await assert.rejects(s3().getBucketTagging({ Bucket }), { name: 'NoSuchTagSet' });
      await s3().deleteBucket({ Bucket });
    });

    it('takes a policy that is about the bucket and what is in it alone', async () => {
      const client = s3();
      const Bucket = bucket;
      const policyOf = (...Resource: string[]) =>
        JSON.stringify({
          Version: '2012-10-17',
          Statement: { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource },
        });
      const own = `arn:aws:s3:::${bucket}`;
      for (const other of [`${own}-two`, `${own}-two/*`, 'arn:aws:s3:::another/*', 'arn:aws:s3:::*']) {
        await assert.rejects(client.putBucketPolicy({ Bucket, Policy: policyOf(own, other) }), {
          name: 'MalformedPolicy',
          message: 'Policy has invalid resource',
        });
      }
      await assert.rejects(client.getBucketPolicy({ Bucket }), { name: 'NoSuchBucketPolicy' });
      const Policy = policyOf(`${own}/secret/*`, `${own}/secret`);
      await client.putBucketPolicy({ Bucket, Policy });
      assert.equal((await client.getBucketPolicy({ Bucket })).Policy, Policy);
      await client.deleteBucketPolicy({ Bucket });
    });

    it('copies from its own buckets only, and only what is as expected', async () => {
      const client = s3();
      const { ETag } = await client.putObject({ Bucket: bucket, Key: 'copy me+\u00e9', Body: 'content' });
      const CopySource = `${bucket}/${encodeURIComponent('copy me+\u00e9')}`;
      await client.copyObject({ Bucket: bucket, Key: 'copied', CopySource, CopySourceIfMatch: ETag });
      assert.equal(
        await (await client.getObject({ Bucket: bucket, Key: 'copied' })).Body?.transformToString(),
        'content',
      );
      const copy = (other: object) => client.copyObject({ Bucket: bucket, Key: 'x', CopySource, ...other });
      await assert.rejects(copy({ CopySourceIfMatch: '"other"' }), { name: 'PreconditionFailed' });
      await assert.rejects(copy({ CopySource: `${bucket}/none` }), { name: 'NoSuchKey' });
      await assert.rejects(copy({ CopySource: `${bucket}/x?versionId=1` }), { name: 'NotImplemented' });
      await assert.rejects(copy({ CopySource: `${bucket}/50%` }), { name: 'InvalidArgument' });
      const configuration = { LocationConstraint: REGION } as const;
      await s3(OTHER_KEY).createBucket({ Bucket: 'not-mine', CreateBucketConfiguration: configuration });
      await s3(OTHER_KEY).putObject({ Bucket: 'not-mine', Key: 'k', Body: 'secret' });
      await assert.rejects(copy({ CopySource: 'not-mine/k' }), { name: 'AccessDenied' });
    });

    it('will not have a part put into another upload', async () => {
      const client = s3();
      const { UploadId } = await client.createMultipartUpload({ Bucket: bucket, Key: 'one' });
      await assert.rejects(client.uploadPart({ Bucket: bucket, Key: 'two', UploadId, PartNumber: 1, Body: 'x' }), {
        name: 'NoSuchUpload',
      });
      await client.abortMultipartUpload({ Bucket: bucket, Key: 'one', UploadId });
    });

    it("is reached by an endpoint's own name", async () => {
      await s3().putObject({ Bucket: bucket, Key: 'by-endpoint', Body: 'x' });
      const endpoint = `https://bucket.vpce-1.s3.${REGION}.vpce.amazonaws.com:${edge.portOf('s3')}`;
      const client = new S3.S3({ ...edge.client('s3'), endpoint, forcePathStyle: true });
      assert.equal((await client.headObject({ Bucket: bucket, Key: 'by-endpoint' })).ContentLength, 1);
    });

    it('keeps keys that climb where they belong', async () => {
      const Key = '../../../../escape';
      await s3().putObject({ Bucket: bucket, Key, Body: 'x' });
      assert.equal(await (await s3().getObject({ Bucket: bucket, Key })).Body?.transformToString(), 'x');
    });
  });

  describe('doors', () => {
    const ask = (name: string, host: string, headers: Record<string, string> = {}) =>
      answerOf(
        httpsRequest({
          host: '127.0.0.1',
          port: edge.portOf(name),
          servername: `${name}.${REGION}.amazonaws.com`,
          ca: edge.ca.certificate,
          method: 'POST',
          headers: { host, ...headers },
          agent: false,
        }).end(),
      );

    it('a host that is not a name of the service is misdirected', async () => {
      const answer = await ask('sqs', `sns.${REGION}.amazonaws.com`, { 'x-amz-target': 'AmazonSQS.ListQueues' });
      assert.equal(answer.status, 421);
      assert.match(answer.body, /MisdirectedRequest/);
    });

    it('an unattached service says how to attach it, in the protocol of the request', async () => {
      const json = await ask('athena', `athena.${REGION}.amazonaws.com`, {
        'x-amz-target': 'AmazonAthena.ListWorkGroups',
        'content-type': 'application/x-amz-json-1.1',
      });
      assert.equal(json.status, 501);
      assert.match(JSON.parse(json.body).message, /culvert service attach athena <url>/);
      const query = await ask('athena', `athena.${REGION}.amazonaws.com`, {
        'content-type': 'application/x-www-form-urlencoded',
      });
      assert.match(query.body, /<Code>NotImplemented<\/Code><Message>[^<]*culvert service attach athena/);
      const rest = await ask('athena', `athena.${REGION}.amazonaws.com`);
      assert.match(JSON.parse(rest.body).message, /culvert service attach athena/);
      assert.equal(rest.headers['x-amzn-errortype'], 'NotImplemented');
    });

    it('a request without a signature is refused', async () => {
      const answer = await ask('sqs', `sqs.${REGION}.amazonaws.com`, {
        'x-amz-target': 'AmazonSQS.ListQueues',
        'content-type': 'application/x-amz-json-1.0',
      });
      assert.match(answer.body, /MissingAuthenticationToken/);
    });

    it('a body over the limit is refused before it is read', async () => {
      const answer = await ask('sqs', `sqs.${REGION}.amazonaws.com`, {
        'x-amz-target': 'AmazonSQS.SendMessage',
        'content-type': 'application/x-amz-json-1.0',
        'content-length': String(5 * MIB),
      }).catch((error) => ({ status: 0, body: String(error), headers: {} as IncomingMessage['headers'] }));
      assert.equal(answer.status, 413);
      assert.equal(answer.headers.connection, 'close');
    });

    it('serves what control passes on, and only what is embedded', async () => {
      const client = new SQS.SQS({
        region: REGION,
        credentials: KEY,
        endpoint: `http://127.0.0.1:${edge.plainPort}`,
        maxAttempts: 1,
      });
      assert.ok((await client.createQueue({ QueueName: 'from-control' })).QueueUrl);
      const answer = await answerOf(
        httpRequest({
          host: '127.0.0.1',
          port: edge.plainPort,
          method: 'POST',
          agent: false,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }).end('Action=DescribeVpcs&Version=2016-11-15'),
      );
      assert.match(answer.body, /<Code>/);
    });

    it('speaks TLS 1.2 and later, HTTP/1.1, nothing else', async () => {
      const dial = async (options: object) => {
        const socket = connect({
          host: '127.0.0.1',
          port: edge.portOf('sqs'),
          servername: `sqs.${REGION}.amazonaws.com`,
          ca: edge.ca.certificate,
          ...options,
        });
        try {
          await once(socket, 'secureConnect');
          return socket.alpnProtocol || socket.getProtocol();
        } catch {
          return 'refused';
        } finally {
          socket.destroy();
        }
      };
      assert.equal(await dial({ maxVersion: 'TLSv1.2' }), 'TLSv1.2');
      assert.equal(await dial({ ALPNProtocols: ['h2', 'http/1.1'] }), 'http/1.1');
      assert.equal(await dial({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }), 'refused');
    });
  });

  describe('other backends', () => {
    it('an attached URL gets the request as it was signed', async () => {
      let seen: IncomingMessage | undefined;
      let body = '';
      const backend = createServer(async (request, response) => {
        seen = request;
        body = '';
        for await (const chunk of request) body += chunk;
        response.setHeader('x-backend', 'yes').end('{"WorkGroups":[]}');
      }).listen(0, '127.0.0.1');
      await once(backend, 'listening');
      const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/base/`;
      await edge.put([service('sqs', { kind: 'url', url })]);
      try {
        await sqs()
          .sendMessage({ QueueUrl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/q`, MessageBody: 'through' })
          .catch(() => undefined);
        assert.equal(seen?.url, '/base/');
        assert.equal(seen?.headers.host, `sqs.${REGION}.amazonaws.com:${edge.portOf('sqs')}`);
        assert.match(seen?.headers.authorization ?? '', /AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/);
        assert.match(body, /through/);
        seen = undefined;
        await assert.rejects(sqs({ ...KEY, secretAccessKey: 'wrong' }).listQueues({}));
        assert.equal(seen, undefined);
      } finally {
        backend.close();
        backend.closeAllConnections();
      }
      await assert.rejects(sqs().listQueues({}), { name: /ServiceUnavailable/, message: /does not answer/ });
    });

    it("control gets its services' requests unread, and its absence is told", async () => {
      await edge.put([service('sts', { kind: 'control' })]);
      const client = edge.client('sts');
      const { STS } = await import('@aws-sdk/client-sts');
      await assert.rejects(new STS(client).getCallerIdentity({}), { name: /ServiceUnavailable/ });
      const control = createServer(async (request, response) => {
        for await (const _ of request);
        response
          .setHeader('content-type', 'text/xml')
          .end(
            `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${request.headers.authorization?.includes('sts') ? 1 : 0}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
          );
      }).listen(edge.controlSocket);
      await once(control, 'listening');
      try {
        assert.equal((await new STS(client).getCallerIdentity({})).Account, '1');
        // More than there are ways to control: who sends half a request keeps none of them.
        const servername = `sts.${REGION}.amazonaws.com`;
        const slow = Array.from({ length: 70 }, () =>
          connect({ port: edge.portOf('sts'), host: '127.0.0.1', servername, ca: edge.ca.certificate }),
        );
        try {
          const head = `POST / HTTP/1.1\r\nHost: ${servername}\r\nContent-Length: 100\r\n\r\nAction=`;
          await Promise.all(slow.map((socket) => new Promise((resolve) => socket.write(head, resolve))));
          for (let call = 0; call < 3; call++) {
            const abortSignal = AbortSignal.timeout(10_000);
            assert.equal((await new STS(client).getCallerIdentity({}, { abortSignal })).Account, '1');
          }
        } finally {
          for (const socket of slow) socket.destroy();
        }
      } finally {
        control.close();
        control.closeAllConnections();
      }
    });
  });
});

function md5(bytes: string | Uint8Array | undefined): string {
  return createHash('md5')
    .update(bytes ?? '')
    .digest('hex');
}

async function answerOf(outgoing: ReturnType<typeof httpRequest>) {
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of incoming) body += chunk;
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
}
