/**
 * Policies decide: the classic patterns, each from inside instances through real endpoints, with the CLI unchanged and the role's
 * credentials of IMDS. Packets pass throughout; what is asked for is granted or denied, in AWS's words, and `culvert why` names the
 * statement. scenarios/policies tells each at more length.
 */
import * as EC2 from '@aws-sdk/client-ec2';
import * as IAM from '@aws-sdk/client-iam';
import * as S3 from '@aws-sdk/client-s3';
import * as SQS from '@aws-sdk/client-sqs';
import * as STS from '@aws-sdk/client-sts';
import { id, launch, made, type PrivateNetwork, privateNetwork, untilReady } from './parts/lab.ts';
import type { At, Stage } from './stage.ts';
import type { Story } from './story.ts';

const REGION = 'ap-south-1';
const ZONE = 'aps1-az1';
const BLOCK = '10.0.0.0/16';
const ACCOUNT = '123456789012';
const STRANGER = '222222222222';
const ROLE = 'app';
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/${ROLE}`;
const [OURS, THEIRS, KEY] = ['ours', 'theirs', 'report'];
const QUEUE_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;
const OBJECT_ARN = `arn:aws:s3:::${OURS}/${KEY}`;
const [S3_URL, SQS_URL] = [`https://s3.${REGION}.amazonaws.com`, `https://sqs.${REGION}.amazonaws.com`];
const CONTENT = 'numbers';
const READS = new RegExp(`^${CONTENT}$`, 'm');

export const story: Story = {
  title: 'Policies decide: who may do what, through which endpoint, from where',
  region: REGION,
  async play(stage) {
    const lab = await build(stage);
    await bucketFromOneEndpoint(stage, lab);
    await ownAccountOnly(stage, lab);
    await sendButNotReceive(stage, lab);
    await explicitDeny(stage, lab);
    await boundaryAndSession(stage, lab);
    await whereFrom(stage, lab);
    await tags(stage, lab);
    stage.table(SEEN);
  },
};

const SEEN = [
  ['what decided', 'passed', 'was denied'],
  ['aws:SourceVpce in the bucket’s policy', 'through this endpoint', 'through another, and from outside'],
  ['aws:ResourceAccount, aws:PrincipalAccount on the endpoint', 'ours to ours', 'to others’ buckets; others’ keys'],
  ['the endpoint’s actions', 'send', 'receive'],
  ['an explicit deny', 'what it is not about', 'what it is about, though full access allows it'],
  ['boundary and session policy', 'what is inside all', 'what is outside of one'],
  ['aws:SourceVpc, aws:VpcSourceIp', 'one VPC, one address in it', 'its neighbour, the other VPC'],
  ['aws:PrincipalTag, aws:ResourceTag', 'of the same team', 'of another'],
];

interface Lab {
  readonly network: PrivateNetwork;
  readonly worker: At;
  /** In the same subnet. */
  readonly beside: At;
  /** In the other VPC, of the same range, with the same role. */
  readonly elsewhere: At;
  readonly gateway: string;
  readonly door: string;
  readonly queue: string;
}

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const trust = (Principal: object) => policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
/** A deny to everybody of reading the bucket, where the condition holds. */
const denyReading = (Sid: string, Condition: object) =>
  policy({
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${OURS}/*`,
    Condition,
  });

const READ = `aws s3api get-object --bucket ${OURS} --key ${KEY} /tmp/${KEY} >/dev/null && cat /tmp/${KEY}`;
const put = (bucket: string) => `aws s3api put-object --bucket ${bucket} --key k --body /etc/hostname`;
const send = (queue: string) => `aws sqs send-message --queue-url ${queue} --message-body hello`;
const receive = (queue: string) => `aws sqs receive-message --queue-url ${queue}`;
const purge = (queue: string) => `aws sqs purge-queue --queue-url ${queue}`;
const messageId = (stdout: string) => `MessageId ${(JSON.parse(stdout) as { MessageId: string }).MessageId}`;

const BY_BUCKET = /AccessDenied.* with an explicit deny in a resource-based policy/;
const BY_ENDPOINT = /AccessDenied.* because no VPC endpoint policy allows/;

// ── 1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function build(stage: Stage): Promise<Lab> {
  let lab: Lab | undefined;
  await stage.step('Two VPCs of one range, three instances of one role, a queue and a bucket', async () => {
    const network = await privateNetwork(stage, stage, 'app', BLOCK, [ZONE], 443);
    const other = await privateNetwork(stage, stage, 'other', BLOCK, [ZONE], 443);
    await makeRole(stage);
    const profile = { IamInstanceProfile: { Name: ROLE } };
    const [worker, beside, elsewhere] = [
      await launch(stage, stage, 'worker', network, profile),
      await launch(stage, stage, 'beside', network, profile),
      await launch(stage, stage, 'elsewhere', other, profile),
    ];
    const gateway = await s3Endpoint(stage, network);
    await s3Endpoint(stage, other);
    const { VpcEndpoint } = await stage.aws<EC2.CreateVpcEndpointResult>(
      [
        ...['ec2', 'create-vpc-endpoint', '--vpc-endpoint-type', 'Interface', '--vpc-id', network.vpc],
        ...['--service-name', `com.amazonaws.${REGION}.sqs`, '--subnet-ids', id(network.subnets[0])],
        ...['--security-group-ids', network.group, '--private-dns-enabled'],
      ],
      ({ VpcEndpoint }) => VpcEndpoint?.VpcEndpointId ?? '',
    );
    const queue = await stage.js(
      `sqs.createQueue({ orders }), s3.createBucket({ ${OURS} }), s3.putObject({ ${KEY} })`,
      async () => {
        const { QueueUrl } = await new SQS.SQS(stage.sdk).createQueue({ QueueName: 'orders' });
        await createBucket(new S3.S3({ ...stage.sdk, forcePathStyle: true }), OURS);
        return id(QueueUrl);
      },
      (url) => url,
    );
    await untilReady(stage, stage, [worker, beside, elsewhere]);
    lab = { network, worker, beside, elsewhere, gateway, door: id(VpcEndpoint?.VpcEndpointId), queue };
    await stage.inside(worker, READ, READS);
    await stage.inside(elsewhere, READ, READS);
    await stage.inside(worker, send(queue), /MessageId/, messageId);
  });
  return made(lab);
}

async function makeRole(stage: Stage): Promise<void> {
  const iam = new IAM.IAM(stage.sdk);
  await stage.js(
    `iam.createRole({ ${ROLE} }), iam.attachRolePolicy({ AmazonS3FullAccess, AmazonSQSFullAccess }) …`,
    async () => {
      const Document = trust({ Service: 'ec2.amazonaws.com', AWS: ACCOUNT });
      await iam.createRole({ RoleName: ROLE, AssumeRolePolicyDocument: Document });
      for (const name of ['AmazonS3FullAccess', 'AmazonSQSFullAccess']) {
        await iam.attachRolePolicy({ RoleName: ROLE, PolicyArn: `arn:aws:iam::aws:policy/${name}` });
      }
      await iam.createInstanceProfile({ InstanceProfileName: ROLE });
      await iam.addRoleToInstanceProfile({ InstanceProfileName: ROLE, RoleName: ROLE });
    },
    () => ROLE_ARN,
  );
}

function s3Endpoint(stage: Stage, { vpc, table }: PrivateNetwork): Promise<string> {
  return stage.js(
    `ec2.createVpcEndpoint({ a gateway endpoint for S3 in ${vpc} })`,
    async () => {
      const { VpcEndpoint } = await new EC2.EC2(stage.sdk).createVpcEndpoint({
        ...{
          VpcId: vpc,
          VpcEndpointType: 'Gateway',
          ServiceName: `com.amazonaws.${REGION}.s3`,
          RouteTableIds: [table],
        },
      });
      return id(VpcEndpoint?.VpcEndpointId);
    },
    (endpoint) => endpoint,
  );
}

async function createBucket(s3: S3.S3, Bucket: string): Promise<void> {
  await s3.createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
  await s3.putObject({ Bucket, Key: KEY, Body: `${CONTENT}\n` });
}

// ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function bucketFromOneEndpoint(stage: Stage, { worker, elsewhere, gateway }: Lab): Promise<void> {
  await stage.step('A bucket that is read through one endpoint only: aws:SourceVpce', async () => {
    const only = denyReading('OnlyHere', { StringNotEquals: { 'aws:SourceVpce': gateway } });
    await stage.aws(['s3api', 'put-bucket-policy', '--bucket', OURS, '--policy', only]);
    await stage.inside(worker, READ, READS);
    await stage.insideFails(elsewhere, READ, BY_BUCKET);
    await stage.awsRefused(['s3api', 'get-object', '--bucket', OURS, '--key', KEY, '/dev/null'], BY_BUCKET);
    const fix = await stage.why(
      elsewhere,
      S3_URL,
      'CULVERT_RESOURCE_POLICY',
      { action: 's3:GetObject', resource: OBJECT_ARN },
      /statement "OnlyHere" of the policy of arn:aws:s3:::ours denies it: StringNotEquals aws:SourceVpce/,
    );
    stage.check('it advises to exempt the role, and nobody else', fix.join(' ').includes('aws:PrincipalArn'));
    await stage.aws(['s3api', 'delete-bucket-policy', '--bucket', OURS]);
  });
}

// ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function ownAccountOnly(stage: Stage, { worker, gateway }: Lab): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  await stage.step("An endpoint that reaches the account's own buckets only: aws:ResourceAccount", async () => {
    const bob = await stage.js(
      `${STRANGER}: s3.createBucket({ ${THEIRS} }), s3.putBucketPolicy({ we may write }), iam.createUser({ bob }) …`,
      () => makeStranger(stage),
      () => `user bob of ${STRANGER}, and a bucket that everybody of ${ACCOUNT} may write to`,
    );
    const asBob = (command: string) =>
      `AWS_ACCESS_KEY_ID=${bob.id} AWS_SECRET_ACCESS_KEY=${stage.secret(bob.secret)} ${command}`;
    await stage.inside(worker, put(THEIRS), /ETag/, () => 'our role has written into their bucket');
    await stage.inside(worker, asBob(put(THEIRS)), /ETag/, () => 'their keys, in our VPC, have too');
    const Condition = { StringEquals: { 'aws:ResourceAccount': ACCOUNT, 'aws:PrincipalAccount': ACCOUNT } };
    const ours = policy({ Sid: 'Ours', Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', Condition });
    await stage.aws(['ec2', 'modify-vpc-endpoint', '--vpc-endpoint-id', gateway, '--policy-document', ours]);
    await stage.insideFails(worker, put(THEIRS), BY_ENDPOINT);
    await stage.insideFails(worker, asBob(put(THEIRS)), BY_ENDPOINT);
    await stage.inside(worker, put(OURS), /ETag/, () => 'our own bucket is as before');
    await stage.why(
      worker,
      S3_URL,
      'CULVERT_ENDPOINT_POLICY',
      { action: 's3:PutObject', resource: `arn:aws:s3:::${THEIRS}/k` },
      /statement "Ours" .* would allow it, but asks for StringEquals aws:ResourceAccount 123456789012 \(the request has 222222222222\)/,
    );
    await stage.js('ec2.modifyVpcEndpoint({ ResetPolicy })', () =>
      ec2.modifyVpcEndpoint({ VpcEndpointId: gateway, ResetPolicy: true }),
    );
  });
}

async function makeStranger(stage: Stage): Promise<{ readonly id: string; readonly secret: string }> {
  const { sdk } = stage.as(STRANGER);
  const s3 = new S3.S3({ ...sdk, forcePathStyle: true });
  await createBucket(s3, THEIRS);
  const allow = {
    Effect: 'Allow',
    Principal: { AWS: ACCOUNT },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${THEIRS}/*`,
  };
  await s3.putBucketPolicy({ Bucket: THEIRS, Policy: policy(allow) });
  const iam = new IAM.IAM(sdk);
  await iam.createUser({ UserName: 'bob' });
  await iam.attachUserPolicy({ UserName: 'bob', PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess' });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'bob' });
  return { id: id(AccessKey?.AccessKeyId), secret: id(AccessKey?.SecretAccessKey) };
}

// ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function sendButNotReceive(stage: Stage, { worker, door, queue }: Lab): Promise<void> {
  await stage.step('An endpoint to send through, and not to receive', async () => {
    const sending = policy({ Sid: 'Send', Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' });
    await stage.aws(['ec2', 'modify-vpc-endpoint', '--vpc-endpoint-id', door, '--policy-document', sending]);
    await stage.inside(worker, send(queue), /MessageId/, messageId);
    await stage.insideFails(worker, receive(queue), BY_ENDPOINT);
    await stage.js(
      'from outside: sqs.receiveMessage({ … })',
      async () => {
        const { Messages } = await new SQS.SQS(stage.sdk).receiveMessage({ QueueUrl: queue });
        if (Messages?.[0]?.Body !== 'hello') throw new Error('nothing is there');
      },
      () => 'received "hello"',
    );
    const call = { action: 'sqs:ReceiveMessage', resource: QUEUE_ARN };
    const fix = await stage.why(worker, SQS_URL, 'CULVERT_ENDPOINT_POLICY', call, /is about sqs:ReceiveMessage/);
    await stage.aws(fix);
    await stage.inside(worker, receive(queue));
  });
}

// ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function explicitDeny(stage: Stage, { worker, door, queue }: Lab): Promise<void> {
  await stage.step('An explicit deny wins, whatever allows', async () => {
    await stage.js('ec2.modifyVpcEndpoint({ ResetPolicy })', () =>
      new EC2.EC2(stage.sdk).modifyVpcEndpoint({ VpcEndpointId: door, ResetPolicy: true }),
    );
    const keep = policy({ Sid: 'KeepMessages', Effect: 'Deny', Action: 'sqs:PurgeQueue', Resource: '*' });
    const name = ['--role-name', ROLE, '--policy-name', 'keep'];
    await stage.aws(['iam', 'put-role-policy', ...name, '--policy-document', keep]);
    await stage.insideFails(worker, purge(queue), /AccessDenied.* with an explicit deny in an identity-based policy/);
    await stage.inside(worker, send(queue), /MessageId/, messageId);
    const call = { action: 'sqs:PurgeQueue', resource: QUEUE_ARN };
    const fix = await stage.why(
      worker,
      SQS_URL,
      'CULVERT_IDENTITY_POLICY',
      call,
      /statement "KeepMessages" of inline policy keep denies it/,
    );
    await stage.aws(fix);
    await stage.inside(worker, purge(queue), /^$/, () => 'purged');
  });
}

// ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function boundaryAndSession(stage: Stage, { worker, queue }: Lab): Promise<void> {
  const iam = new IAM.IAM(stage.sdk);
  await stage.step('A permissions boundary and a session policy narrow, and give nothing', async () => {
    const fence = policy({ Effect: 'Allow', Action: ['sqs:SendMessage', 'sqs:ReceiveMessage'], Resource: '*' });
    await stage.js('iam.createPolicy({ fence: send and receive }), iam.putRolePermissionsBoundary({ … })', async () => {
      const { Policy } = await iam.createPolicy({ PolicyName: 'fence', PolicyDocument: fence });
      await iam.putRolePermissionsBoundary({ RoleName: ROLE, PermissionsBoundary: id(Policy?.Arn) });
    });
    await stage.inside(worker, send(queue), /MessageId/, messageId);
    await stage.insideFails(worker, purge(queue), /AccessDenied.* because no permissions boundary allows/);
    const narrow = policy({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' });
    const session = await stage.js(
      'sts.assumeRole({ app, with a policy: send only })',
      async () => {
        const named = { RoleArn: ROLE_ARN, RoleSessionName: 'sender' };
        return (await new STS.STS(stage.sdk).assumeRole({ ...named, Policy: narrow })).Credentials;
      },
      () => `${ROLE_ARN.replace(':role/', ':assumed-role/')}/sender`,
    );
    const variables = [
      `AWS_ACCESS_KEY_ID=${id(session?.AccessKeyId)}`,
      `AWS_SECRET_ACCESS_KEY=${stage.secret(id(session?.SecretAccessKey))}`,
      `AWS_SESSION_TOKEN=${stage.secret(id(session?.SessionToken))}`,
    ].join(' ');
    await stage.inside(worker, `${variables} ${send(queue)}`, /MessageId/, messageId);
    await stage.insideFails(
      worker,
      `${variables} ${receive(queue)}`,
      /AccessDenied.* because no session policy allows/,
    );
    await stage.inside(worker, receive(queue), /hello/, () => 'the role itself still receives');
    await stage.js('iam.deleteRolePermissionsBoundary({ … })', () =>
      iam.deleteRolePermissionsBoundary({ RoleName: ROLE }),
    );
  });
}

// ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function whereFrom(stage: Stage, { network, worker, beside, elsewhere }: Lab): Promise<void> {
  const s3 = new S3.S3({ ...stage.sdk, forcePathStyle: true });
  await stage.step('From one VPC, from one private address: aws:SourceVpc, aws:VpcSourceIp', async () => {
    await stage.js(`s3.putBucketPolicy({ StringNotEquals: { aws:SourceVpc: ${network.vpc} } })`, () =>
      s3.putBucketPolicy({
        Bucket: OURS,
        Policy: denyReading('OneVpc', { StringNotEquals: { 'aws:SourceVpc': network.vpc } }),
      }),
    );
    await stage.inside(beside, READ, READS);
    await stage.insideFails(elsewhere, READ, BY_BUCKET);
    const address = await stage.inside(worker, "hostname -I | cut -d' ' -f1", /^10\.0\.10\.\d+$/m);
    await stage.js(`s3.putBucketPolicy({ NotIpAddress: { aws:VpcSourceIp: ${address} } })`, () =>
      s3.putBucketPolicy({
        Bucket: OURS,
        Policy: denyReading('OneAddress', { NotIpAddress: { 'aws:VpcSourceIp': `${address}/32` } }),
      }),
    );
    await stage.inside(worker, READ, READS);
    await stage.insideFails(beside, READ, BY_BUCKET);
  });
}

// ── 8 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function tags(stage: Stage, { worker, queue }: Lab): Promise<void> {
  const iam = new IAM.IAM(stage.sdk);
  const sqs = new SQS.SQS(stage.sdk);
  await stage.step('Whoever has a team, with what is its team’s: aws:PrincipalTag, aws:ResourceTag', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
    const Condition = { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } };
    const own = policy({ Sid: 'OwnTeam', Effect: 'Allow', Action: 'sqs:*', Resource: '*', Condition });
    await stage.js('iam.detachRolePolicy({ AmazonSQSFullAccess }), iam.putRolePolicy({ own team only })', async () => {
      await iam.detachRolePolicy({ RoleName: ROLE, PolicyArn: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' });
      await iam.putRolePolicy({ RoleName: ROLE, PolicyName: 'own', PolicyDocument: own });
    });
    await stage.aws(['iam', 'tag-role', '--role-name', ROLE, '--tags', 'Key=team,Value=red']);
    await stage.js('sqs.tagQueue({ team: blue })', () => sqs.tagQueue({ QueueUrl: queue, Tags: { team: 'blue' } }));
    await stage.insideFails(worker, send(queue), /AccessDenied.* because no identity-based policy allows/);
    const call = { action: 'sqs:SendMessage', resource: QUEUE_ARN };
    const says = /statement "OwnTeam" .* \(the request has blue\)/;
    await stage.why(worker, SQS_URL, 'CULVERT_IDENTITY_POLICY', call, says);
    await stage.js('sqs.tagQueue({ team: red })', () => sqs.tagQueue({ QueueUrl: queue, Tags: { team: 'red' } }));
    await stage.inside(worker, send(queue), /MessageId/, messageId);
  });
}
