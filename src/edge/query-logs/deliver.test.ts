/** What is delivered while query logs come and go. Bytes of records: record.test.ts; earnest: test/query-logs.kernel.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'dns-packet';
import { silentLog } from '../../host/log.ts';
import type { QueryLog } from '../../plan/plan.ts';
import type { Stores } from '../services/embedded/stores.ts';
import { createDelivery } from './deliver.ts';

const QUERY_LOG: QueryLog = {
  ...{ id: 'log', origin: ['log'], domain: 'vpc-1', account: '111122223333', region: 'ap-south-1' },
  destination: { kind: 'logGroup', name: '/dns' },
};

test('a log that was about to end and is wanted again goes on; one that ended does not', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const written: string[] = [];
  const store = {
    group: () => ({}),
    stream: () => ({}),
    append: (_: unknown, __: unknown, events: readonly { message: string }[]) =>
      written.push(...events.map(({ message }) => JSON.parse(message).query_name)),
  };
  const delivery = createDelivery({ log: silentLog(), stores: { logs: () => store } as unknown as Stores });
  const apply = (...queryLogs: readonly QueryLog[]) => delivery.apply({ queryLogs, askers: [], inbound: [] });
  const ask = (name: string) =>
    delivery.take({
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
  assert.deepEqual(written, ['ending.', 'again.']);
});
