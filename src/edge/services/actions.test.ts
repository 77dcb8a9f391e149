/** What policies are asked of a call: a resource by whichever of its names the call gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecodedCall } from '../../wire/index.ts';
import { asksOf } from './actions.ts';

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
