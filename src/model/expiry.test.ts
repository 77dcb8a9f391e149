import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { hasExpiredBetween, isExpired } from './expiry.ts';
import { NO_FACTS } from './facts.ts';
import { createIntent } from './intent.ts';
import type { VpcEndpoint } from './resources.ts';

const pending = {
  kind: 'vpcEndpoint',
  id: 'vpce-1',
  createdAt: '2026-01-01T00:00:00.000Z',
  acceptance: 'pending',
  deletedRevision: null,
} as VpcEndpoint;
const IN_TIME = '2026-01-07T23:59:59.999Z';
const LATE = '2026-01-08T00:00:00.000Z';

describe('expired', () => {
  for (const [what, endpoint, now, expected] of [
    ['in time', pending, IN_TIME, false],
    ['at that very moment', pending, LATE, true],
    ['accepted', { ...pending, acceptance: 'accepted' }, LATE, false],
    ['rejected', { ...pending, acceptance: 'rejected' }, LATE, false],
    ['nobody was to accept it', { ...pending, acceptance: 'automatic' }, LATE, false],
    ['deleted', { ...pending, deletedRevision: 3 }, LATE, false],
  ] as const) {
    it(what, () => assert.equal(isExpired(endpoint, now), expected));
  }
});

test('a moment at which one expires is found once', () => {
  const intent = createIntent([pending], 1);
  assert.equal(hasExpiredBetween(intent, NO_FACTS, '2026-01-02T00:00:00Z', IN_TIME), false);
  assert.equal(hasExpiredBetween(intent, NO_FACTS, IN_TIME, LATE), true);
  assert.equal(hasExpiredBetween(intent, NO_FACTS, LATE, '2026-02-01T00:00:00Z'), false);
});
