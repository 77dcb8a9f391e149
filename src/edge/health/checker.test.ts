import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../host/log.ts';
import type { Pool } from '../../plan/plan.ts';
import { pool } from '../test-provider.ts';
import { createChecker } from './checker.ts';
import type { Check } from './checks.ts';
import type { Verdict } from './judge.ts';
import { reportOf } from './report.ts';

const PASSED: Verdict = { passed: true };
const FAILED: Verdict = { passed: false, reason: 'Target.FailedHealthChecks', status: null };

/** Targets by id that answer as `verdicts` says at the moment; how often each was asked, and when. */
function world(verdicts: Record<string, Verdict | Error>) {
  const asked = new Map<string, number[]>();
  const seen = { changes: 0 };
  const checker = createChecker({
    log: silentLog(),
    async probe(check: Check) {
      asked.set(check.id, [...(asked.get(check.id) ?? []), performance.now()]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const verdict = verdicts[check.id] ?? FAILED;
      if (verdict instanceof Error) throw verdict;
      return verdict;
    },
    onChange: () => seen.changes++,
  });
  const states = () =>
    Object.fromEntries(Object.entries(reportOf(checker.health())).map(([id, { state }]) => [id, state]));
  return { checker, asked, seen, states };
}

const targets = (...ids: string[]): Pool['targets'] =>
  ids.map((id) => ({ id, address: `10.0.0.${id.length}`, checkPort: 80, from: '10.0.0.5' }));
const fast = { ...pool().check, intervalSeconds: 0.05 };

async function until(check: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 5_000; !check(); ) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('checks each target again and again, and tells of changes only', async () => {
  const verdicts: Record<string, Verdict> = { a: PASSED, bb: FAILED };
  const { checker, states, asked, seen } = world(verdicts);
  checker.apply([pool({ check: fast, targets: targets('a', 'bb') })]);
  assert.deepEqual(states(), {}, 'what was not judged yet is not told');
  await until(() => states().a === 'healthy' && states().bb === 'unhealthy', 'states');
  const changes = seen.changes;
  const rounds = asked.get('a')?.length ?? 0;
  await until(() => (asked.get('a')?.length ?? 0) > rounds + 3, 'more checks');
  assert.equal(seen.changes, changes);
  verdicts.a = FAILED;
  await until(() => states().a === 'unhealthy', 'a dies');
  assert.equal(seen.changes, changes + 1);
  checker.close();
});

test('keeps its pace: never two checks of a target within less than the interval', async () => {
  const { checker, asked } = world({ a: PASSED });
  checker.apply([pool({ check: { ...fast, intervalSeconds: 0.1 }, targets: targets('a') })]);
  await until(() => (asked.get('a')?.length ?? 0) >= 8, 'checks');
  checker.close();
  const times = (asked.get('a') ?? []).slice(1);
  const spans = times.slice(3).map((at, index) => at - (times[index] ?? 0));
  // Of three gaps: a start that is late, by less than an interval, makes the next one shorter. Twice as often would be 100 and 200.
  for (const span of spans) assert.ok(span > 150, spans.map(Math.round).join());
});

test('keeps health while the check is the same, starts anew where it changed, forgets what is gone', async () => {
  const { checker, states, asked } = world({ a: PASSED, bb: PASSED, ccc: PASSED });
  checker.apply([pool({ check: fast, targets: targets('a', 'bb', 'ccc') })]);
  await until(() => Object.keys(states()).length === 3, 'all');
  checker.apply([
    pool({ check: fast, cut: [{ address: '10.0.0.1', port: 80 }], targets: targets('a') }),
    pool({ id: 'tg2', check: { ...fast, path: '/other' }, targets: targets('bb') }),
  ]);
  assert.deepEqual(states(), { a: 'healthy' });
  const before = asked.get('ccc')?.length;
  await until(() => states().bb === 'healthy', 'anew');
  assert.equal(asked.get('ccc')?.length, before);
  checker.close();
});

test('a check that cannot be made judges no target', async () => {
  const verdicts: Record<string, Verdict | Error> = { a: PASSED };
  const { checker, states, asked } = world(verdicts);
  checker.apply([pool({ check: fast, targets: targets('a') })]);
  await until(() => states().a === 'healthy', 'healthy');
  verdicts.a = new Error('no namespace');
  const before = asked.get('a')?.length ?? 0;
  await until(() => (asked.get('a')?.length ?? 0) > before + 4, 'tries on');
  assert.deepEqual(states(), { a: 'healthy' });
  checker.close();
});

test('a thousand targets do not start together', (t) => {
  // The real clock cannot show it: whatever is due while the process waits for a processor starts at once afterwards.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { checker, asked } = world({});
  const many = Array.from({ length: 1000 }, (_, n) => ({ id: `t${n}`, address: '10.0.0.9', checkPort: n, from: '' }));
  checker.apply([pool({ check: { ...fast, intervalSeconds: 30, unhealthyThreshold: 1 }, targets: many })]);
  const started: number[] = [];
  while (asked.size < 1000 && started.length < 100) {
    const before = asked.size;
    t.mock.timers.tick(10);
    started.push(asked.size - before);
  }
  checker.close();
  assert.equal(asked.size, 1000);
  assert.ok(Math.max(...started) < 60, `within 10 ms each: ${started.join()}`);
});

test('nothing without targets', () => {
  const { checker, asked } = world({});
  checker.apply([pool({ targets: [] })]);
  assert.deepEqual([...checker.health()], []);
  checker.close();
  assert.equal(asked.size, 0);
});
