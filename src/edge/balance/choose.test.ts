import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from './choose.ts';

const flow = { source: '10.0.0.7', sourcePort: 40000, destination: '10.0.1.5', destinationPort: 443 };
const from = (sourcePort: number) => ({ ...flow, sourcePort });

test('the same connection, the same target', () => {
  assert.deepEqual(choose(['a', 'b', 'c'], flow, false), choose(['a', 'b', 'c'], flow, false));
});

test('connections spread evenly', () => {
  const counts = new Map<string, number>();
  for (let port = 32768; port < 35768; port++) {
    const [first = ''] = choose(['a', 'b', 'c'], from(port), false);
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  for (const count of counts.values()) assert.ok(count > 850 && count < 1150, String([...counts]));
});

test('with stickiness a client keeps its target, and clients still spread', () => {
  const seen = new Set<string | undefined>();
  for (let host = 1; host < 30; host++) {
    const source = `10.0.0.${host}`;
    const mine = new Set([1, 2, 3].map((port) => choose(['a', 'b'], { ...from(port), source }, true)[0]));
    assert.equal(mine.size, 1);
    seen.add([...mine][0]);
  }
  assert.equal(seen.size, 2);
});

test('each is tried once, three at most', () => {
  assert.deepEqual(choose([], flow, false), []);
  assert.deepEqual(choose(['a'], flow, false), ['a']);
  assert.deepEqual(choose(['a', 'b'], flow, true).sort(), ['a', 'b']);
  assert.equal(new Set(choose(['a', 'b', 'c', 'd'], flow, false)).size, 3);
});
