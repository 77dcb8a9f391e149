import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { checksOf } from '../edge/health/checks.ts';
import type { TargetReport } from '../edge/health/report.ts';
import type { Pool } from '../plan/plan.ts';
import { type AdminHost, answerAdmin } from './admin.ts';
import { createTargetFacts, parseReport } from './target-facts.ts';

const NOW = '2026-01-02T00:00:10.000Z';
const pool = (path: string, ...ids: string[]): Pool => ({
  id: 'arn:tg',
  origin: [],
  domain: 'vpc-1',
  protocol: 'tcp',
  preserveClientAddress: false,
  proxyProtocol: false,
  stickiness: 'none',
  check: {
    protocol: 'http',
    path,
    codes: [{ from: 200, to: 399 }],
    intervalSeconds: 10,
    timeoutSeconds: 5,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  },
  targets: ids.map((id) => ({ id, address: '10.0.0.9', checkPort: 80, from: '10.0.0.5' })),
  cut: [],
});
const report = (by: Pool, id: string, other: Partial<TargetReport> = {}): Record<string, TargetReport> => ({
  [id]: {
    check: checksOf([by]).get(id)?.fingerprint ?? '',
    state: 'healthy',
    reason: null,
    status: null,
    ageMs: 0,
    ...other,
  },
});

test('a report becomes facts, and says whether something changed', () => {
  const targets = createTargetFacts(() => NOW);
  const now = pool('/', 'a');
  targets.settle({ pools: [now] });
  assert.equal(targets.receive(report(now, 'a')), true);
  assert.deepEqual(targets.facts.get('a'), { state: 'healthy', reason: null });
  assert.equal(targets.receive(report(now, 'a')), false);
  const worse = { state: 'unhealthy', reason: 'Target.ResponseCodeMismatch', status: 502 } as const;
  assert.equal(targets.receive(report(now, 'a', worse)), true);
  assert.deepEqual(targets.facts.get('a'), { ...worse, since: NOW });
  assert.equal(targets.receive(report(now, 'a', { ...worse, status: 503, ageMs: 4_000 })), true);
  assert.equal(targets.facts.get('a')?.since, NOW, 'another reason is no other state');
  const later = createTargetFacts(() => NOW);
  later.receive(report(now, 'a', { ...worse, ageMs: 4_000 }));
  assert.equal(later.facts.get('a')?.since, '2026-01-02T00:00:06.000Z', 'the edge was there before');
});

test('what an earlier check measured does not count', () => {
  const targets = createTargetFacts(() => NOW);
  const [before, after] = [pool('/old', 'a', 'b'), pool('/new', 'a')];
  targets.settle({ pools: [before] });
  targets.receive({ ...report(before, 'a'), ...report(before, 'b') });
  assert.equal(targets.settle({ pools: [before] }), false);
  assert.equal(targets.settle({ pools: [after] }), true, 'the plan was made with facts of the old check');
  assert.equal(targets.facts.size, 0);
  assert.equal(targets.receive(report(before, 'a')), false, 'on its way since before');
  assert.equal(targets.receive(report(before, 'b')), false, 'no target any more');
  assert.equal(targets.facts.size, 0);
  assert.equal(targets.receive(report(after, 'a')), true);
  assert.equal(targets.settle({ pools: [after] }), false);
});

test('an edge that knows less than before takes nothing back', () => {
  const targets = createTargetFacts(() => NOW);
  const now = pool('/', 'a', 'b');
  targets.settle({ pools: [now] });
  targets.receive({ ...report(now, 'a'), ...report(now, 'b') });
  assert.equal(targets.receive(report(now, 'b')), false);
  assert.deepEqual([...targets.facts.keys()], ['a', 'b']);
});

test('before the first plan a report is believed, and judged by that plan', () => {
  const targets = createTargetFacts(() => NOW);
  const [before, after] = [pool('/', 'a', 'b'), pool('/', 'a')];
  assert.equal(targets.receive({ ...report(before, 'a'), ...report(before, 'b') }), true);
  assert.equal(targets.settle({ pools: [after] }), true);
  assert.deepEqual([...targets.facts.keys()], ['a']);
});

test('what is no report is none', () => {
  for (const text of ['', 'null', '{}', '{"targets":[1]}', '{"targets":{"a":{"state":"fine","check":"x"}}}']) {
    assert.equal(parseReport(text), undefined, text);
  }
  assert.deepEqual(parseReport(JSON.stringify({ targets: report(pool('/', 'a'), 'a') })), report(pool('/', 'a'), 'a'));
});

test('the edge’s call is answered, and wakes the loop only where something changed', async () => {
  const now = pool('/', 'a');
  const targets = createTargetFacts(() => NOW);
  targets.settle({ pools: [now] });
  let woken = 0;
  const host = { targets, changed: () => woken++ } as unknown as AdminHost;
  const server = createServer((request, response) => void answerAdmin(host, request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/culvert/targets`;
  const put = async (body: unknown) => (await fetch(url, { method: 'PUT', body: JSON.stringify(body) })).status;
  try {
    assert.equal(await put({ targets: report(now, 'a') }), 200);
    assert.equal(await put({ targets: report(now, 'a') }), 200);
    assert.equal(await put({ nothing: 1 }), 400);
    assert.equal((await fetch(url)).status, 404);
    assert.equal(woken, 1);
    assert.equal(targets.facts.get('a')?.state, 'healthy');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
