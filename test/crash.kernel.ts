/**
 * Life after kill -9: a transfer through an endpoint ends whole, names and credentials go on, and the next start finds nothing
 * to change. ARCHITECTURE.md, "Life after a crash".
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as EC2 from '@aws-sdk/client-ec2';
import * as IAM from '@aws-sdk/client-iam';
import * as S3 from '@aws-sdk/client-s3';
import { REGION, type TestCulvert, testCulvert, until } from './culvert.ts';

const BUCKET = 'parcels';
const ROLE = 'carrier';
const MIB = 2 ** 20;

/** IMDSv2, with the time-outs of a client that does not wait for a restart. */
const METADATA =
  'T=$(curl -m 2 -sfX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" 169.254.169.254/latest/api/token) && ' +
  `curl -m 2 -sf -H "X-aws-ec2-metadata-token: $T" 169.254.169.254/latest/meta-data/iam/security-credentials/${ROLE}`;

describe('kill -9', { timeout: 240_000 }, () => {
  let culvert: TestCulvert;
  let instance = '';
  /** The endpoint's S3 URL. */
  let url = '';
  let name = '';

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    const ec2 = new EC2.EC2(culvert.sdk());
    const iam = new IAM.IAM(culvert.sdk());
    const s3 = new S3.S3({ ...culvert.sdk(), forcePathStyle: true });
    const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    await iam.createRole({
      RoleName: ROLE,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    });
    await iam.attachRolePolicy({ RoleName: ROLE, PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess' });
    await iam.createInstanceProfile({ InstanceProfileName: ROLE });
    await iam.addRoleToInstanceProfile({ InstanceProfileName: ROLE, RoleName: ROLE });
    await s3.createBucket({ Bucket: BUCKET });

    const VpcId = text((await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId);
    const { Subnet } = await ec2.createSubnet({ VpcId, CidrBlock: '10.0.1.0/24' });
    const SubnetId = text(Subnet?.SubnetId);
    const group = text((await ec2.createSecurityGroup({ VpcId, GroupName: 'endpoint', Description: 'HTTPS' })).GroupId);
    const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/16' }] };
    await ec2.authorizeSecurityGroupIngress({ GroupId: group, IpPermissions: [https] });
    const { VpcEndpoint } = await ec2.createVpcEndpoint({
      VpcId,
      VpcEndpointType: 'Interface',
      ServiceName: `com.amazonaws.${REGION}.s3`,
      SubnetIds: [SubnetId],
      SecurityGroupIds: [group],
      PrivateDnsEnabled: false,
    });
    const wildcard = text(VpcEndpoint?.DnsEntries?.[0]?.DnsName);
    name = wildcard.replace('*', 'bucket');
    url = `https://${name}`;
    const { Images } = await ec2.describeImages({ Owners: ['amazon'] });
    const { Instances } = await ec2.runInstances({
      ImageId: text(Images?.[0]?.ImageId),
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
      IamInstanceProfile: { Name: ROLE },
    });
    instance = text(Instances?.[0]?.InstanceId);
    await EC2.waitUntilInstanceRunning(
      { client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { InstanceIds: [instance] },
    );
    await culvert.settled();
    await culvert.inside(instance, 'echo once > /run/marker');
    await culvert.inside(instance, `head -c ${24 * MIB} /dev/urandom > /tmp/parcel`);
    await culvert.inside(instance, `aws s3 cp /tmp/parcel s3://${BUCKET}/parcel --endpoint-url ${url}`);
  });

  after(async () => {
    assert.deepEqual(await culvert.close(), []);
  });

  it('of control: a download and an upload end whole, DNS and metadata answer, the next start changes nothing', async () => {
    const before = await culvert.settled();
    const signed = await culvert.inside(instance, `aws s3 presign s3://${BUCKET}/parcel --endpoint-url ${url}`);
    const download = culvert.start(
      instance,
      `curl -sSf --limit-rate ${8 * MIB} '${signed.trim()}' -o /tmp/down && cmp /tmp/parcel /tmp/down && echo same`,
    );
    const pieces = 'for i in 1 2 3 4; do cat /tmp/parcel; sleep 0.6; done';
    const upload = culvert.start(instance, `(${pieces}) | aws s3 cp - s3://${BUCKET}/up --endpoint-url ${url}`);
    await until('the download has begun', async () =>
      Number(await culvert.inside(instance, 'stat -c %s /tmp/down 2>/dev/null || echo 0')) > 0 ? true : undefined,
    );
    assert.equal(download.child.exitCode, null);
    assert.equal(upload.child.exitCode, null);

    const killed = culvert.pid('control');
    culvert.kill('control');
    assert.match(await culvert.inside(instance, `dig +time=2 +tries=1 +short ${name}`), /^10\.0\.1\.\d+\s*$/);
    assert.match(await culvert.inside(instance, METADATA), /"AccessKeyId"\s*:\s*"ASIA/);

    assert.equal((await download.done).trim(), 'same');
    await upload.done;
    const sum = (what: string) => culvert.inside(instance, `${what} | sha256sum`);
    assert.equal(
      await sum(`aws s3 cp s3://${BUCKET}/up - --endpoint-url ${url}`),
      await sum('cat /tmp/parcel /tmp/parcel /tmp/parcel /tmp/parcel'),
    );

    const next = await culvert.settled();
    assert.notEqual(culvert.pid('control'), killed);
    assert.equal(next.lastRound?.changes, 0);
    assert.equal(next.revision, before.revision);
    assert.equal(await culvert.inside(instance, 'cat /run/marker'), 'once\n');
  });

  it('of the edge: it is back with its last state, and names are answered again', async () => {
    const killed = culvert.pid('edge');
    culvert.kill('edge');
    await until('names are answered', async () => {
      const answer = await culvert.inside(instance, `dig +time=1 +tries=1 +short ${name} || true`);
      return /^10\.0\.1\.\d+\s*$/.test(answer) ? true : undefined;
    });
    assert.notEqual(culvert.pid('edge'), killed);
    assert.match(await culvert.inside(instance, `aws s3 ls s3://${BUCKET} --endpoint-url ${url}`), /parcel/);
  });

  it('of all three: the next `up` takes over what is there and changes nothing', async () => {
    const before = await culvert.settled();
    for (const each of ['supervisor', 'control', 'edge'] as const) culvert.kill(each);
    await culvert.up();
    const now = await culvert.settled();
    assert.equal(now.revision, before.revision);
    assert.equal(now.lastRound?.changes, 0);
    assert.equal(await culvert.inside(instance, 'cat /run/marker'), 'once\n');
    assert.match(await culvert.inside(instance, `aws s3 ls s3://${BUCKET} --endpoint-url ${url}`), /parcel/);
  });

  it('of the supervisor alone: its children go on, and the next `up` replaces them', async () => {
    const control = culvert.pid('control');
    culvert.kill('supervisor');
    assert.equal((await culvert.status()).listen.host, '127.0.0.1');
    assert.equal(culvert.pid('control'), control);
    await culvert.up();
    assert.notEqual(culvert.pid('control'), control);
    assert.equal((await culvert.settled()).lastRound?.changes, 0);
  });

  it('and an orderly end keeps the state: the instance runs again after the next `up`', async () => {
    await culvert.down();
    await culvert.up();
    const ec2 = new EC2.EC2(culvert.sdk());
    await EC2.waitUntilInstanceRunning(
      { client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { InstanceIds: [instance] },
    );
    await culvert.settled();
    assert.equal(await culvert.inside(instance, 'test -e /run/marker || echo booted'), 'booted\n');
    assert.match(await culvert.inside(instance, `aws s3 ls s3://${BUCKET} --endpoint-url ${url}`), /parcel/);
  });
});

function text(value: string | undefined): string {
  assert.ok(value);
  return value;
}
