/**
 * Flow logs of a whole Culvert: packets of instances stand in a log group and a bucket some seconds later, though control and edge
 * are killed meanwhile. What is in them, and what is not, is played packet by packet in scenarios/flow-logs.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CloudWatchLogs, type FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { REGION, type TestCulvert, testCulvert, until } from './culvert.ts';
import { closeSockets, dial, echo, serve } from './flows.ts';
import { addMachine, given, makeSite, type Site } from './private-service.ts';

/** The default one, whose logs the command line reads. */
const ACCOUNT = '123456789012';
const [CLIENT, SERVER] = ['10.0.10.50', '10.0.10.51'];
const GROUP = '/flows';
/** Of the reading that takes them up, and of slow machines. */
const BOUND_MS = 60_000;
const DIAL_MS = 10_000;

describe('flow logs', { timeout: 240_000 }, () => {
  let culvert: TestCulvert;
  let client: Site;
  let server: Site;
  let logs: CloudWatchLogs;
  let s3: S3;

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    client = await makeSite(culvert, ACCOUNT, CLIENT);
    server = await addMachine(culvert, client, SERVER);
    logs = new CloudWatchLogs(client.sdk);
    s3 = new S3({ ...client.sdk, forcePathStyle: true });
    for (const port of [80, 81, 82, 83]) await serve(server.netns, port, echo);
  });

  after(async () => {
    closeSockets();
    for (const each of [logs, s3]) each?.destroy();
    assert.deepEqual(await culvert.close(), []);
  });

  const statement = (rest: object) => JSON.stringify({ Statement: { Effect: 'Allow', ...rest } });

  async function makeRole(): Promise<string> {
    const iam = new IAM(client.sdk);
    try {
      const trust = { Action: 'sts:AssumeRole', Principal: { Service: 'vpc-flow-logs.amazonaws.com' } };
      const { Role } = await iam.createRole({ RoleName: 'flows', AssumeRolePolicyDocument: statement(trust) });
      const PolicyDocument = statement({ Action: 'logs:*', Resource: '*' });
      await iam.putRolePolicy({ RoleName: 'flows', PolicyName: 'write', PolicyDocument });
      return given(Role?.Arn);
    } finally {
      iam.destroy();
    }
  }

  /** Of accepted connections to the server's port, as its own interface tells of them. */
  const untilLogged = (port: number, connections = 1) =>
    until(
      `connections to port ${port} are logged`,
      async () => {
        // Neither the group nor, after a kill, whoever answers is there at once.
        const answer = await logs.filterLogEvents({ logGroupName: GROUP }).catch(() => undefined);
        const found = new Map<string | undefined, FilteredLogEvent>();
        for (const event of answer?.events ?? []) {
          const [, source] = new RegExp(`${CLIENT} ${SERVER} (\\d+) ${port} 6 `).exec(event.message ?? '') ?? [];
          if (source !== undefined) found.set(source, event);
        }
        return found.size >= connections ? [...found.values()][0] : undefined;
      },
      BOUND_MS,
    );

  async function connect(port: number): Promise<void> {
    const flow = await dial(client.netns, SERVER, port, DIAL_MS);
    assert.ok(flow !== undefined, `port ${port} answers`);
    flow.close();
  }

  it('connections stand in the log group; those that were made while control or the edge was killed as well', async () => {
    await client.ec2.createFlowLogs({
      ...{ ResourceType: 'VPC', ResourceIds: [client.vpc], TrafficType: 'ALL' },
      LogGroupName: GROUP,
      DeliverLogsPermissionArn: await makeRole(),
    });
    await culvert.settled();
    await connect(80);
    const { message = '', logStreamName } = await untilLogged(80);
    const line = new RegExp(
      `^2 ${ACCOUNT} (eni-\\w{17}) ${CLIENT} ${SERVER} \\d+ 80 6 \\d+ \\d+ (\\d{10}) (\\d{10}) ACCEPT OK$`,
    );
    const [, port, start, end] = line.exec(message) ?? assert.fail(message);
    assert.equal(logStreamName, `${port}-all`);
    assert.ok(Number(start) <= Number(end));

    culvert.kill('control');
    await connect(81);
    await untilLogged(81);
    culvert.kill('edge');
    await connect(82);
    await untilLogged(82);
    const printed = await culvert.cli(['logs', GROUP, '--filter', 'ACCEPT']);
    assert.match(printed, new RegExp(`^\\S+Z ${port}-all 2 ${ACCOUNT} ${port} .* ACCEPT OK$`, 'm'));
  });

  it('and in a bucket, with the names of the fields; a log that was deleted takes nothing more', async () => {
    await s3.createBucket({ Bucket: 'flows', CreateBucketConfiguration: { LocationConstraint: REGION } });
    const { FlowLogIds = [] } = await client.ec2.createFlowLogs({
      ...{ ResourceType: 'VPC', ResourceIds: [client.vpc], TrafficType: 'ALL', LogDestinationType: 's3' },
      LogDestination: 'arn:aws:s3:::flows',
    });
    await culvert.settled();
    // Read together with the other log's; the second after this one has begun.
    for (const connections of [1, 2]) {
      await connect(83);
      await untilLogged(83, connections);
    }
    const { FlowLogs = [] } = await client.ec2.describeFlowLogs({});
    assert.deepEqual(
      FlowLogs.map(({ DeliverLogsStatus }) => DeliverLogsStatus),
      ['SUCCESS', 'SUCCESS'],
    );
    await client.ec2.deleteFlowLogs({ FlowLogIds: FlowLogs.map((each) => given(each.FlowLogId)) });
    await culvert.settled();
    await connect(80);
    const said = (line: string) => line.includes(` ${CLIENT} ${SERVER} `) && / 83 6 .* ACCEPT OK$/.test(line);
    const objects = await until('it is in an object', async () => {
      const found = await objectsOf(s3);
      return found.some(({ lines }) => lines.some(said)) ? found : undefined;
    });
    const name = `${ACCOUNT}_vpcflowlogs_${REGION}_${FlowLogIds[0]}_\\d{8}T\\d{4}Z_[0-9a-f]{8}\\.log\\.gz`;
    for (const { key, head, lines } of objects) {
      assert.match(key, new RegExp(`^AWSLogs/${ACCOUNT}/vpcflowlogs/${REGION}/\\d{4}/\\d\\d/\\d\\d/${name}$`));
      assert.match(head, /^version account-id interface-id srcaddr .* action log-status$/);
      assert.ok(!lines.some((line) => / 8[012] 6 /.test(line)), 'what was before it, and after its end');
    }
  });
});

/** Of a minute each, or of what is left at the log's end. */
async function objectsOf(s3: S3): Promise<readonly { key: string; head: string; lines: readonly string[] }[]> {
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'flows' });
  return Promise.all(
    Contents.map(async ({ Key: key = '' }) => {
      const { Body } = await s3.getObject({ Bucket: 'flows', Key: key });
      const text = gunzipSync(Buffer.from((await Body?.transformToByteArray()) ?? [])).toString();
      const [head = '', ...lines] = text.trimEnd().split('\n');
      return { key, head, lines };
    }),
  );
}
