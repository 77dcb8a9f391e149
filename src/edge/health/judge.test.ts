import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, NEW, type Verdict } from './judge.ts';

const verdicts: Readonly<Record<string, Verdict>> = {
  '+': { passed: true },
  t: { passed: false, reason: 'Target.Timeout', status: null },
  f: { passed: false, reason: 'Target.FailedHealthChecks', status: null },
  c: { passed: false, reason: 'Target.ResponseCodeMismatch', status: 503 },
};
const letters = { initial: 'i', healthy: 'H', unhealthy: 'U' };

/** Checks as letters; the state after each, with thresholds (healthy, unhealthy). */
const table: readonly [name: string, checks: string, states: string, healthy: number, unhealthy: number][] = [
  ['a new target is in service after one success', '+', 'H', 5, 2],
  ['a new target stays new until it failed often enough', 'ftf', 'iiU', 5, 3],
  ['a success after a failure of a new target counts at once', 'f+', 'iH', 5, 2],
  ['failures must be consecutive', '+f+f+ff', 'HHHHHHU', 5, 2],
  ['successes must be consecutive', 'ff++f+++', 'iUUUUUUH', 3, 2],
  ['back in service after the threshold, not before', '+ff++', 'HHUUH', 2, 2],
  ['every failure while out of service starts the count anew', 'ff+t+t++', 'iUUUUUUH', 2, 2],
];

for (const [name, checks, states, healthyThreshold, unhealthyThreshold] of table) {
  test(name, () => {
    let health = NEW;
    let seen = '';
    for (const check of checks) {
      health = judge(health, verdicts[check] as Verdict, { healthyThreshold, unhealthyThreshold });
      seen += letters[health.state];
    }
    assert.equal(seen, states);
  });
}

test('tells why, of the newest failure, and no more once healthy', () => {
  const thresholds = { healthyThreshold: 2, unhealthyThreshold: 2 };
  const after = (checks: string) =>
    [...checks].reduce((health, check) => judge(health, verdicts[check] as Verdict, thresholds), NEW).failure;
  assert.deepEqual(after('ft'), { reason: 'Target.Timeout', status: null });
  assert.deepEqual(after('ffc'), { reason: 'Target.ResponseCodeMismatch', status: 503 });
  assert.deepEqual(after('ffc+'), { reason: 'Target.ResponseCodeMismatch', status: 503 });
  assert.equal(after('ff++'), null);
  assert.equal(after('+f'), null);
});
