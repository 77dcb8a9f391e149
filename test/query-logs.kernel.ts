/**
 * Query logging by questions of instances: what a VPC's resolver is asked stands in its log group and its bucket; what another VPC
 * asks does not, nor what is asked after the log has ended.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { Route53Resolver } from '@aws-sdk/client-route53resolver';
import { S3 } from '@aws-sdk/client-s3';
import { REGION, type TestCulvert, testCulvert, until } from './culvert.ts';
import { lookUp } from './flows.ts';
import { given, makeSite, type Site } from './private-service.ts';

/** The default one, whose logs the command line reads. */
const ACCOUNT = '123456789012';
const CLIENT = '10.0.10.50';
const GROUP = '/dns/queries';

describe('query logging', { timeout: 120_000 }, () => {
  let culvert: TestCulvert;
  let client: Site;
  let other: Site;
  let resolver: Route53Resolver;
  let logs: CloudWatchLogs;
  let s3: S3;

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    [client, other] = await Promise.all([
      makeSite(culvert, ACCOUNT, CLIENT),
      makeSite(culvert, '222222222222', CLIENT),
    ]);
    resolver = new Route53Resolver(client.sdk);
    logs = new CloudWatchLogs(client.sdk);
    s3 = new S3({ ...client.sdk, forcePathStyle: true });
    await logs.createLogGroup({ logGroupName: GROUP });
    await s3.createBucket({ Bucket: 'queries', CreateBucketConfiguration: { LocationConstraint: REGION } });
  });

  after(async () => {
    for (const each of [resolver, logs, s3]) each?.destroy();
    assert.deepEqual(await culvert.close(), []);
  });

  const makeLog = async (DestinationArn: string) => {
    const { ResolverQueryLogConfig } = await resolver.createResolverQueryLogConfig({ Name: 'log', DestinationArn });
    return given(ResolverQueryLogConfig?.Id);
  };
  const on = (ResolverQueryLogConfigId: string) => ({ ResolverQueryLogConfigId, ResourceId: client.vpc });
  const ask = async (site: Site, name: string) => {
    await culvert.settled();
    return lookUp(site.netns, name);
  };
  const records = async () => {
    const { events = [] } = await logs.filterLogEvents({ logGroupName: GROUP, logStreamNames: [client.vpc] });
    return events.map(({ message = '' }) => JSON.parse(message));
  };
  const untilLogged = (name: string) =>
    until(`${name} is logged`, async () => {
      const { logStreams = [] } = await logs.describeLogStreams({ logGroupName: GROUP });
      return logStreams.length === 0 ? undefined : (await records()).find((each) => each.query_name === `${name}.`);
    });

  it('what a VPC asks its resolver stands in the log group, with who asked and what was answered', async () => {
    await ask(client, `before.${REGION}.compute.internal`);
    const config = await makeLog(`arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${GROUP}:*`);
    await resolver.associateResolverQueryLogConfig(on(config));
    const [address] = await ask(client, `sqs.${REGION}.amazonaws.com`);
    const { query_timestamp: time, srcport, ...record } = await untilLogged(`sqs.${REGION}.amazonaws.com`);
    assert.deepEqual(record, {
      version: '1.100000',
      account_id: ACCOUNT,
      region: REGION,
      vpc_id: client.vpc,
      query_name: `sqs.${REGION}.amazonaws.com.`,
      query_type: 'A',
      query_class: 'IN',
      rcode: 'NOERROR',
      answers: [{ Rdata: address, Type: 'A', Class: 'IN' }],
      srcaddr: CLIENT,
      transport: 'UDP',
      srcids: { instance: client.machine },
    });
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.match(srcport, /^\d+$/);
    // A VPC with the very same addresses, and questions of before, are in no log.
    await ask(other, `other.${REGION}.compute.internal`);
    assert.equal(await ask(client, `none.${REGION}.compute.internal`), 'NXDOMAIN');
    assert.equal((await untilLogged(`none.${REGION}.compute.internal`)).rcode, 'NXDOMAIN');
    const names = (await records()).map((each) => each.query_name);
    assert.deepEqual(names, [`sqs.${REGION}.amazonaws.com.`, `none.${REGION}.compute.internal.`]);
    // By TCP as well, and with an edge that was killed.
    culvert.kill('edge');
    const byTcp = `tcp.${REGION}.compute.internal`;
    await until('the instance is answered again', () =>
      culvert.inside(client.machine, `dig +tcp +short ${byTcp}`).catch(() => undefined),
    );
    assert.equal((await untilLogged(byTcp)).transport, 'TCP');
    const printed = await culvert.cli(['logs', GROUP, '--filter', 'NXDOMAIN']);
    assert.match(printed, new RegExp(`^\\S+Z ${client.vpc} {.*"none\\.${REGION}\\.compute\\.internal\\.".*}$`, 'm'));
    await resolver.disassociateResolverQueryLogConfig(on(config));
    await ask(client, `after.${REGION}.compute.internal`);
  });

  it('and in the bucket, as compressed lines, once the log ends; what comes later is in neither', async () => {
    const config = await makeLog('arn:aws:s3:::queries/dns');
    await resolver.associateResolverQueryLogConfig(on(config));
    for (const name of ['one', 'two']) await ask(client, `${name}.${REGION}.compute.internal`);
    await resolver.disassociateResolverQueryLogConfig(on(config));
    await ask(client, `late.${REGION}.compute.internal`);
    const object = await until('the object is there', async () => {
      const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'queries' });
      return Contents[0]?.Key;
    });
    assert.match(
      object,
      new RegExp(
        `^dns/AWSLogs/${ACCOUNT}/vpcdnsquerylogs/${client.vpc}/\\d{4}/\\d\\d/\\d\\d/${client.vpc}_vpcdnsquerylogs_${ACCOUNT}_\\d{8}T\\d{4}Z_[0-9a-f]{8}\\.log\\.gz$`,
      ),
    );
    const { Body } = await s3.getObject({ Bucket: 'queries', Key: object });
    const lines = gunzipSync(Buffer.from((await Body?.transformToByteArray()) ?? []))
      .toString()
      .trimEnd()
      .split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).query_name),
      ['one', 'two'].map((name) => `${name}.${REGION}.compute.internal.`),
    );
    const names = (await records()).map((each) => each.query_name);
    assert.deepEqual(
      names.filter((name: string) => /^(before|after|one|two|late|other)\./.test(name)),
      [],
    );
  });
});
