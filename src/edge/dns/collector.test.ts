/** Logged questions leave in batches, and a flood of them does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../host/log.ts';
import type { LoggedBatch } from '../query-logs/logged.ts';
import { createCollector } from './collector.ts';

test('what is logged is a copy, handed on by the thousand or soon', () => {
  const sent: LoggedBatch[] = [];
  const collector = createCollector({ log: silentLog(), send: (batch) => sent.push(batch) });
  const sink = collector.of(['log-1'], 'vpc-1', null);
  const bytes = Buffer.from([9, 1, 2, 3, 9]);
  sink.add(bytes, 1, 3, '10.0.0.5', 53, 'UDP', 1, null);
  bytes.fill(0);
  assert.equal(sent.length, 0);
  collector.flush();
  assert.deepEqual([...(sent[0]?.questions[0]?.answer ?? [])], [1, 2, 3]);
  for (let count = 0; count < 1000; count++) sink.add(bytes, 0, 1, '10.0.0.5', 53, 'UDP', 1, null);
  assert.equal(sent[1]?.questions.length, 1000);
  collector.flush();
  assert.equal(sent.length, 2);
});

test('of a second’s questions ten thousand are logged, and the next second’s again', () => {
  let count = 0;
  const send = ({ questions }: LoggedBatch) => {
    count += questions.length;
  };
  const collector = createCollector({ log: silentLog(), send });
  const sink = collector.of(['log-1'], 'vpc-1', null);
  const flood = (now: number) => {
    for (let at = 0; at < 10_500; at++) sink.add(Buffer.alloc(1), 0, 1, '10.0.0.5', 53, 'UDP', now, null);
    collector.flush();
  };
  flood(5_000);
  assert.equal(count, 10_000);
  flood(6_000);
  assert.equal(count, 20_000);
});
