/** What `culvert logs` reads: each event once, also those that come while it follows or come in late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { service, startTestEdge } from '../edge/services/test-clients.ts';
import { tail } from './logs.ts';

test('events of a group are told each once, and followed', async () => {
  const edge = await startTestEdge();
  try {
    await edge.put([service('logs')]);
    const client = new CloudWatchLogs(edge.client('logs'));
    await client.createLogGroup({ logGroupName: 'g' });
    for (const logStreamName of ['a', 'b']) await client.createLogStream({ logGroupName: 'g', logStreamName });
    const now = Date.now();
    const put = (logStreamName: string, ...events: [number, string][]) =>
      client.putLogEvents({
        logGroupName: 'g',
        logStreamName,
        logEvents: events.map(([ago, message]) => ({ timestamp: now - ago, message })),
      });
    await put('a', [5000, 'too early'], [3000, 'one x']);
    await put('b', [2000, 'two']);
    const told: (string | undefined)[] = [];
    for await (const { message } of tail(client, { logGroupName: 'g' }, now - 4000, false)) told.push(message);
    assert.deepEqual(told, ['one x', 'two']);

    const following = tail(client, { logGroupName: 'g' }, now - 4000, true, 1);
    const next = async () => (await following.next()).value?.message;
    assert.deepEqual([await next(), await next()], ['one x', 'two']);
    await put('a', [1000, 'three']);
    assert.equal(await next(), 'three');
    await put('b', [2500, 'late']);
    assert.equal(await next(), 'late');
    await following.return(undefined);

    const found = tail(client, { logGroupName: 'g', filterPattern: 'x' }, 0, false);
    assert.equal((await found.next()).value?.message, 'one x');
    assert.equal((await found.next()).done, true);
    client.destroy();
  } finally {
    await edge.stop();
  }
});
