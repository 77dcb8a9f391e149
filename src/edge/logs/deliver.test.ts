/** What is delivered while logs come and go. Records: ../query-logs/record.test.ts; earnest: test/query-logs.kernel.ts, test/flow-logs.kernel.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { encode } from 'dns-packet';
import { silentLog } from '../../host/log.ts';
import type { FlowLog, QueryLog } from '../../plan/plan.ts';
import { flowLogOut } from '../flow-logs/records.ts';
import { createQuestions, queryLogOut } from '../query-logs/questions.ts';
import type { Stores } from '../services/embedded/stores.ts';
import { createDelivery } from './deliver.ts';

const QUERY_LOG: QueryLog = {
  ...{ id: 'log', origin: ['log'], domain: 'vpc-1', account: '111122223333', region: 'ap-south-1' },
  destination: { kind: 'logGroup', name: '/dns' },
};
const FLOW_LOG: FlowLog = {
  ...{ id: 'fl-1', origin: ['fl-1'], domain: 'vpc-1', account: '111122223333', region: 'ap-south-1' },
  destination: { kind: 'bucket', bucket: 'flows', prefix: 'net/' },
  ...{ covers: 'vpc-1', traffic: 'ALL', fields: ['srcaddr', 'dstaddr'], intervalSeconds: 60 },
  ...{ hivePrefixes: false, hourly: false },
};
const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Log groups, and one bucket, in memory. */
function place(...groups: readonly string[]) {
  const streams = new Map(groups.map((name) => [name, new Map<string, string[]>()]));
  const objects = new Map<string, string>();
  const buckets = new Map([['flows', '111122223333']]);
  const logs = () => ({
    group: (name: string) => streams.get(name),
    createGroup: (name: string) => streams.set(name, new Map()),
    stream: (group: Map<string, string[]>, name: string) => group.get(name),
    createStream: (group: Map<string, string[]>, name: string) => group.set(name, []),
    append: (_: unknown, stream: string[], events: readonly { message: string }[]) =>
      stream.push(...events.map(({ message }) => message)),
  });
  const ofBucket = async (bucket: string) => ({
    account: buckets.get(bucket),
    async s3Router({ key, body }: { key: string; body: Uint8Array }) {
      objects.set(key, gunzipSync(body).toString());
      return { status: 200 };
    },
  });
  const delivery = createDelivery({
    log: silentLog(),
    stores: { logs, ofBucket } as unknown as Stores,
  });
  const write = (message: string, log = 'fl-1', makesGroup = false) =>
    delivery.write(log, 'eni-1-all', [{ time: AT, message }], makesGroup);
  return { delivery, streams, objects, buckets, write };
}

test('a log that was about to end and is wanted again goes on; one that ended does not', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { delivery, streams } = place('/dns');
  const questions = createQuestions(delivery);
  const apply = (...queryLogs: readonly QueryLog[]) => {
    delivery.apply(queryLogs.map(queryLogOut));
    questions.apply({ queryLogs, askers: [], inbound: [] });
  };
  const ask = (name: string) =>
    questions.take({
      questions: [
        {
          ...{ logs: ['log'], domain: 'vpc-1', inbound: null, outbound: null, address: '10.0.0.4', port: 5000 },
          ...{ transport: 'UDP', at: 0, answer: encode({ type: 'response', questions: [{ type: 'A', name }] }) },
        },
      ],
    });
  apply(QUERY_LOG);
  apply();
  ask('ending');
  apply(QUERY_LOG);
  context.mock.timers.tick(60_000);
  ask('again');
  apply();
  context.mock.timers.tick(60_000);
  ask('ended');
  const written = streams.get('/dns')?.get('vpc-1') ?? [];
  assert.deepEqual(
    written.map((each) => JSON.parse(each).query_name),
    ['ending.', 'again.'],
  );
});

test('flows in a bucket: an object a minute with a head, called as AWS calls it, in folders as asked for', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { delivery, objects, write } = place();
  const HIVE =
    'AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=ap-south-1/year=2026/month=01/day=02';
  const PLAIN = 'AWSLogs/111122223333/vpcflowlogs/ap-south-1/2026/01/02';
  const rows = [
    [false, false, PLAIN],
    [false, true, `${PLAIN}/03`],
    [true, false, HIVE],
    [true, true, `${HIVE}/hour=03`],
  ] as const;
  for (const [hivePrefixes, hourly, folder] of rows) {
    objects.clear();
    delivery.apply([flowLogOut({ ...FLOW_LOG, hivePrefixes, hourly })]);
    write('10.0.0.4 10.0.0.5');
    write('10.0.0.6 10.0.0.7');
    context.mock.timers.tick(59_999);
    assert.equal(objects.size, 0);
    context.mock.timers.tick(1);
    await delivery.close();
    const [[key, text] = ['', '']] = objects;
    const name = '111122223333_vpcflowlogs_ap-south-1_fl-1_20260102T0304Z_[0-9a-f]{8}\\.log\\.gz';
    assert.match(key, new RegExp(`^net/${folder}/${name}$`));
    assert.equal(text, 'srcaddr dstaddr\n10.0.0.4 10.0.0.5\n10.0.0.6 10.0.0.7\n');
  }
});

test('what could not be delivered is told until it can be, or the log ends', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { delivery, streams, buckets, write } = place();
  const toGroup: FlowLog = { ...FLOW_LOG, destination: { kind: 'logGroup', name: '/flows' } };
  delivery.apply([flowLogOut(toGroup)]);
  write('lost');
  write('lost');
  assert.deepEqual(delivery.faults(), { 'fl-1': 'Access error' });
  write('kept', 'fl-1', true);
  assert.deepEqual(delivery.faults(), {});
  assert.deepEqual(streams.get('/flows')?.get('eni-1-all'), ['kept']);
  write('of another', 'fl-2', true);
  assert.deepEqual(delivery.faults(), {});

  delivery.apply([flowLogOut(FLOW_LOG)]);
  buckets.set('flows', '444455556666');
  write('lost');
  await delivery.close();
  assert.deepEqual(delivery.faults(), { 'fl-1': 'Access error' });
  delivery.apply([]);
  context.mock.timers.tick(1000);
  assert.deepEqual(delivery.faults(), {});
  assert.equal(delivery.knows('fl-1'), false);
});
