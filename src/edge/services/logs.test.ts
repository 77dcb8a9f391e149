/** CloudWatch Logs as instances meet it: the AWS SDK, TLS, its real name. What it stores, and what it lets go: embedded/log-store.test.ts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as Logs from '@aws-sdk/client-cloudwatch-logs';
import { sealSession } from '../../host/seal.ts';
import type { Principal } from '../../iam/principal.ts';
import { ACCESS, ACCOUNT, OTHER_KEY, REGION, service, startTestEdge, type TestEdge } from './test-clients.ts';

const GROUP = '/app/web';
const DAY_MS = 86_400_000;

describe('CloudWatch Logs', () => {
  let edge: TestEdge;
  let logs: Logs.CloudWatchLogs;

  before(async () => {
    edge = await startTestEdge();
    await edge.put([service('logs')]);
    logs = new Logs.CloudWatchLogs(edge.client('logs'));
    await logs.createLogGroup({ logGroupName: GROUP, tags: { team: 'web' } });
  });
  after(() => edge.stop());

  /** A new stream with an event for each message, a millisecond apart. */
  async function stream(logStreamName: string, messages: readonly string[], start = Date.now() - 1000) {
    await logs.createLogStream({ logGroupName: GROUP, logStreamName });
    const logEvents = messages.map((message, at) => ({ timestamp: start + at, message }));
    if (logEvents.length > 0) await logs.putLogEvents({ logGroupName: GROUP, logStreamName, logEvents });
    return { logGroupName: GROUP, logStreamName };
  }
  const messages = (events: readonly { message?: string | undefined }[] | undefined) =>
    (events ?? []).map(({ message }) => message);
  const refused = (call: Promise<unknown>, name: string, message: RegExp) => assert.rejects(call, { name, message });

  it('has groups, with ARNs, tags and retention', async () => {
    const [group] = (await logs.describeLogGroups({ logGroupNamePrefix: '/app' })).logGroups ?? [];
    const arn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${GROUP}`;
    assert.deepEqual([group?.arn, group?.logGroupArn, group?.retentionInDays], [`${arn}:*`, arn, undefined]);
    assert.deepEqual((await logs.listTagsForResource({ resourceArn: arn })).tags, { team: 'web' });
    await logs.tagResource({ resourceArn: arn, tags: { a: 'b' } });
    await logs.untagResource({ resourceArn: arn, tagKeys: ['team'] });
    assert.deepEqual((await logs.listTagsForResource({ resourceArn: arn })).tags, { a: 'b' });
    await logs.putRetentionPolicy({ logGroupName: GROUP, retentionInDays: 7 });
    const days = async () =>
      (await logs.describeLogGroups({ logGroupNamePattern: 'WEB' })).logGroups?.[0]?.retentionInDays;
    assert.equal(await days(), 7);
    await logs.deleteRetentionPolicy({ logGroupName: GROUP });
    assert.equal(await days(), undefined);
    await refused(
      logs.putRetentionPolicy({ logGroupName: GROUP, retentionInDays: 2 }),
      'InvalidParameterException',
      /enum value set/,
    );
    await refused(
      logs.createLogGroup({ logGroupName: GROUP }),
      'ResourceAlreadyExistsException',
      /log group already exists/,
    );
    await refused(logs.createLogGroup({ logGroupName: 'a b' }), 'InvalidParameterException', /'a b' at 'logGroupName'/);
    await refused(logs.createLogGroup({ logGroupName: 'aws/x' }), 'InvalidParameterException', /reserved/);
    await refused(
      logs.deleteLogGroup({ logGroupName: 'none' }),
      'ResourceNotFoundException',
      /log group does not exist/,
    );
    await refused(
      logs.createLogGroup({ logGroupName: 'k', kmsKeyId: 'arn' }),
      'UnsupportedOperation',
      /CreateLogGroup with kmsKeyId/,
    );
    await refused(logs.describeMetricFilters({}), 'UnsupportedOperation', /DescribeMetricFilters is not supported/);
  });

  it('lists groups page by page, in the order of their names', async () => {
    for (const at of [2, 0, 1]) await logs.createLogGroup({ logGroupName: `page-${at}` });
    const page = (nextToken?: string) => logs.describeLogGroups({ logGroupNamePrefix: 'page-', limit: 2, nextToken });
    const first = await page();
    const second = await page(first.nextToken);
    const names = [first, second].map(({ logGroups }) => logGroups?.map((each) => each.logGroupName));
    assert.deepEqual(names, [['page-0', 'page-1'], ['page-2']]);
    assert.equal(second.nextToken, undefined);
    await refused(page('zz'), 'InvalidParameterException', /nextToken is invalid/);
  });

  it('reads a stream from either end, and on where it left off', async () => {
    const of = await stream('numbers', ['1', '2', '3', '4', '5']);
    const newest = await logs.getLogEvents({ ...of, limit: 2 });
    assert.deepEqual(messages(newest.events), ['4', '5']);
    const older = await logs.getLogEvents({ ...of, limit: 2, nextToken: newest.nextBackwardToken });
    assert.deepEqual(messages(older.events), ['2', '3']);
    const head = await logs.getLogEvents({ ...of, limit: 3, startFromHead: true });
    assert.deepEqual(messages(head.events), ['1', '2', '3']);
    const rest = await logs.getLogEvents({ ...of, nextToken: head.nextForwardToken });
    assert.deepEqual(messages(rest.events), ['4', '5']);
    // The end: the token stays, until something is there to be told.
    const end = await logs.getLogEvents({ ...of, nextToken: rest.nextForwardToken });
    assert.deepEqual([messages(end.events), end.nextForwardToken], [[], rest.nextForwardToken]);
    await logs.putLogEvents({ ...of, logEvents: [{ timestamp: Date.now(), message: '6' }] });
    const more = await logs.getLogEvents({ ...of, nextToken: end.nextForwardToken });
    assert.deepEqual(messages(more.events), ['6']);
    const back = await logs.getLogEvents({ ...of, limit: 1, nextToken: end.nextBackwardToken });
    assert.deepEqual(messages(back.events), ['5']);
    await refused(logs.getLogEvents({ ...of, nextToken: 'x' }), 'InvalidParameterException', /nextToken/);
    await refused(logs.getLogEvents({ ...of, limit: 10_001 }), 'InvalidParameterException', /'10001' at 'limit'/);
    const [shown] =
      (await logs.describeLogStreams({ logGroupIdentifier: GROUP, orderBy: 'LastEventTime', descending: true }))
        .logStreams ?? [];
    assert.equal(shown?.logStreamName, 'numbers');
    assert.equal((shown?.lastEventTimestamp ?? 0) >= (shown?.firstEventTimestamp ?? 0), true);
  });

  it('tells events of a time: the end of a stream’s is not in it, that of a search is', async () => {
    const start = Date.now() - 60_000;
    const of = await stream('times', ['a', 'b', 'c'], start);
    const got = await logs.getLogEvents({ ...of, startTime: start + 1, endTime: start + 2 });
    assert.deepEqual(messages(got.events), ['b']);
    const found = await logs.filterLogEvents({
      logGroupName: GROUP,
      logStreamNames: ['times'],
      startTime: start + 1,
      endTime: start + 2,
    });
    assert.deepEqual(messages(found.events), ['b', 'c']);
  });

  it('searches a group by terms, page by page', async () => {
    await stream('s-1', ['GET /a 200', 'GET /b 500 timeout', 'POST /c 500']);
    await stream('s-2', ['GET /d 404']);
    const find = async (filterPattern: string, more: object = {}) =>
      messages(
        (await logs.filterLogEvents({ logGroupName: GROUP, logStreamNamePrefix: 's-', filterPattern, ...more })).events,
      ).sort();
    assert.deepEqual(await find('GET 500'), ['GET /b 500 timeout']);
    assert.deepEqual(await find('500 -timeout'), ['POST /c 500']);
    assert.deepEqual(await find('?404 ?timeout'), ['GET /b 500 timeout', 'GET /d 404']);
    assert.deepEqual(await find('"GET /a"'), ['GET /a 200']);
    assert.deepEqual(await find('get'), []);
    const of = { logGroupName: GROUP, logStreamNamePrefix: 's-', filterPattern: 'GET', limit: 2 };
    const first = await logs.filterLogEvents(of);
    const second = await logs.filterLogEvents({ ...of, nextToken: first.nextToken });
    assert.equal(messages([...(first.events ?? []), ...(second.events ?? [])]).length, 3);
    assert.equal(second.nextToken, undefined);
    await refused(find('{ $.a = 1 }'), 'UnsupportedOperation', /filters by terms only/);
    await refused(find('%5..%'), 'UnsupportedOperation', /filters by terms only/);
    await refused(find('a/b'), 'InvalidParameterException', /Invalid filter pattern/);
    await refused(find('', { logStreamNames: ['s-1'] }), 'InvalidParameterException', /mutually exclusive/);
    await refused(
      logs.getLogEvents({ logGroupName: GROUP } as never),
      'InvalidParameterException',
      /null at 'logStreamName'/,
    );
    const many = Array.from({ length: 101 }, () => 's-1');
    await refused(
      logs.filterLogEvents({ logGroupName: GROUP, logStreamNames: many }),
      'InvalidParameterException',
      /101 names/,
    );
    const both = await logs.filterLogEvents({
      logGroupName: GROUP,
      logStreamNames: ['s-1', 's-2'],
      filterPattern: 'GET',
    });
    assert.equal(both.events?.length, 3);
    await refused(logs.filterLogEvents({}), 'InvalidParameterException', /logGroupName and logGroupIdentifier/);
  });

  it('takes of a batch what is neither too old nor too new, and no batch that AWS would not', async () => {
    const of = await stream('batches', []);
    const now = Date.now();
    const at = (timestamp: number, message = 'm') => ({ timestamp, message });
    const { rejectedLogEventsInfo } = await logs.putLogEvents({
      ...of,
      logEvents: [at(now - 15 * DAY_MS, 'old'), at(now, 'good'), at(now + DAY_MS / 8, 'new')],
    });
    assert.deepEqual(rejectedLogEventsInfo, { tooNewLogEventStartIndex: 2, tooOldLogEventEndIndex: 1 });
    assert.deepEqual(messages((await logs.getLogEvents(of)).events), ['good']);
    const put = (...logEvents: Logs.InputLogEvent[]) => logs.putLogEvents({ ...of, logEvents });
    await refused(put(), 'InvalidParameterException', /greater than or equal to 1/);
    await refused(put(at(now, '')), 'InvalidParameterException', /logEvents.1.member.message/);
    await refused(put(at(now), at(now - 1)), 'InvalidParameterException', /chronological order/);
    await refused(put(at(now - 2 * DAY_MS), at(now)), 'InvalidParameterException', /more than 24 hours/);
    await refused(put(at(now, 'x'.repeat(1_048_576))), 'InvalidParameterException', /Log event too large: 1048602/);
    await refused(
      put(at(now, 'x'.repeat(600_000)), at(now, 'x'.repeat(600_000))),
      'InvalidParameterException',
      /Upload too large/,
    );
    await refused(
      put(...Array.from({ length: 10_001 }, () => at(now))),
      'InvalidParameterException',
      /less than or equal to 10000/,
    );
    await refused(
      logs.putLogEvents({ ...of, logStreamName: 'none', logEvents: [at(now)] }),
      'ResourceNotFoundException',
      /log stream does not exist/,
    );
    // What a page cannot hold comes on the next ones.
    await put(at(now, 'y'.repeat(700_000)));
    await put(at(now, 'z'.repeat(700_000)));
    assert.equal((await logs.getLogEvents(of)).events?.length, 1);
  });

  it('has nothing of other accounts, and keeps all over a restart', async () => {
    const other = new Logs.CloudWatchLogs(edge.client('logs', OTHER_KEY));
    assert.deepEqual((await other.describeLogGroups({})).logGroups, []);
    await refused(other.describeLogStreams({ logGroupName: GROUP }), 'ResourceNotFoundException', /does not exist/);
    await stream('kept', ['still here']);
    await edge.restart();
    logs = new Logs.CloudWatchLogs(edge.client('logs'));
    assert.deepEqual(messages((await logs.getLogEvents({ logGroupName: GROUP, logStreamName: 'kept' })).events), [
      'still here',
    ]);
    await logs.deleteLogStream({ logGroupName: GROUP, logStreamName: 'kept' });
    await refused(
      logs.getLogEvents({ logGroupName: GROUP, logStreamName: 'kept' }),
      'ResourceNotFoundException',
      /stream/,
    );
  });

  it('is asked for by policies: a role that may write to one group may do no more', async () => {
    const arn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${GROUP}`;
    const Statement = { Effect: 'Allow', Action: ['logs:PutLogEvents', 'logs:CreateLogStream'], Resource: `${arn}:*` };
    const policies = [JSON.stringify({ Version: '2012-10-17', Statement })];
    edge.handler.allow({
      ...ACCESS,
      identities: { ...ACCESS.identities, grants: { AROAWRITER: { policies, boundary: null, tags: {} } } },
    });
    const principal: Principal = {
      kind: 'session',
      account: ACCOUNT,
      roleName: 'writer',
      roleId: 'AROAWRITER',
      path: '/',
      sessionName: 's',
      policies: [],
    };
    const key = {
      accessKeyId: 'ASIAWRITER',
      secret: 'w',
      principal,
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    };
    const sessionToken = sealSession(edge.sealKey, key);
    const writer = new Logs.CloudWatchLogs(
      edge.client('logs', { accessKeyId: 'ASIAWRITER', secretAccessKey: 'w', sessionToken }),
    );
    const of = { logGroupName: GROUP, logStreamName: 'by-role' };
    await writer.createLogStream(of);
    await writer.putLogEvents({ ...of, logEvents: [{ timestamp: Date.now(), message: 'm' }] });
    await refused(
      writer.getLogEvents(of),
      'AccessDeniedException',
      /not authorized to perform: logs:GetLogEvents on resource: arn:aws:logs:[^ ]*:log-stream:by-role because no identity-based policy/,
    );
    await refused(
      writer.createLogStream({ ...of, logGroupName: 'page-0' }),
      'AccessDeniedException',
      /log-group:page-0/,
    );
  });
});
