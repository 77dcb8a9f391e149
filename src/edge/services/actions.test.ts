/** What policies are asked of a call: a resource by whichever of its names the call gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecodedCall } from '../../wire/index.ts';
import { asksOf, keysOf } from './actions.ts';

const ACCOUNT = '111122223333';
const REGION = 'ap-south-1';
const GROUP = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/dns`;

test('a log group is one resource, however it is named', () => {
  const resource = (operation: string, input: object) => {
    const call = { service: 'logs', operation, region: REGION, input } as unknown as DecodedCall;
    return asksOf(call, ACCOUNT).map((ask) => ask.resource);
  };
  for (const resourceArn of ['/dns', GROUP, `${GROUP}:*`]) {
    assert.deepEqual(resource('TagResource', { resourceArn }), [GROUP], resourceArn);
  }
  for (const logGroupIdentifier of ['/dns', GROUP, `${GROUP}:*`]) {
    assert.deepEqual(resource('FilterLogEvents', { logGroupIdentifier }), [`${GROUP}:log-stream:`]);
  }
  const put = { logGroupName: '/dns', logStreamName: 'one' };
  assert.deepEqual(resource('PutLogEvents', put), [`${GROUP}:log-stream:one`]);
});

test('what makes something and tags it asks for both, though there be no tags in the list', () => {
  const rows = [
    ['sqs', 'CreateQueue', 'sqs:TagQueue', 'orders', { QueueName: 'orders' }, { tags: { Team: 'net' } }],
    ['sns', 'CreateTopic', 'sns:TagResource', 'orders', { Name: 'orders' }, { Tags: [{ Key: 'Team', Value: 'net' }] }],
    ['dynamodb', 'CreateTable', 'dynamodb:TagResource', 'table/orders', { TableName: 'orders' }, { Tags: [] }],
  ] as const;
  for (const [service, operation, tagging, name, input, tags] of rows) {
    const asks = (given: object) =>
      asksOf({ service, operation, region: REGION, input: given } as unknown as DecodedCall, ACCOUNT);
    const resource = `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;
    const making = { action: `${service}:${operation}`, resource };
    assert.deepEqual(asks(input), [making]);
    assert.deepEqual(asks({ ...input, ...tags }), [making, { action: tagging, resource }]);
  }
  const input = { TableName: 'orders', Tags: [{ Key: 'Team', Value: 'net' }] };
  const call = { service: 'dynamodb', operation: 'CreateTable', region: REGION, input } as unknown as DecodedCall;
  assert.deepEqual(keysOf(call), { 'aws:requesttag/team': ['net'], 'aws:tagkeys': ['Team'] });
});
