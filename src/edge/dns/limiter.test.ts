import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Port } from '../../plan/plan.ts';
import { Limiter, type Sender, senderOf } from './limiter.ts';

test('an interface’s addresses share one allowance a second; others have their own', () => {
  const limiter = new Limiter(3);
  limiter.learn([{ addresses: ['10.0.0.4', '10.0.0.5', '3fff::4'] } as unknown as Port]);
  const senders = ['10.0.0.4', '10.0.0.5', '10.0.0.6', '3fff::4', '3fff::6'].map(senderOf);
  const [first = '', second = '', other = '', sixth = '', stranger = ''] = senders;
  const taken = (sender: Sender, nowMs: number) => limiter.allows(sender, nowMs);
  assert.deepEqual([taken(first, 1000), taken(second, 1100), taken(first, 1200)], [true, true, true]);
  assert.deepEqual([taken(first, 1300), taken(second, 1999), taken(other, 1999)], [false, false, true]);
  assert.deepEqual([taken(sixth, 1999), taken(stranger, 1999)], [false, true]);
  assert.equal(taken(second, 2000), true);
});
