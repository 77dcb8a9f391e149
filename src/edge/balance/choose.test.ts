import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from './choose.ts';

const flow = { source: '10.0.0.7', sourcePort: 40000, destination: '10.0.1.5', destinationPort: 443 };
const targets = (count: number) => Array.from({ length: count }, (_, n) => ({ address: `10.0.2.${n + 1}`, port: 80 }));
const first = (count: number, other: Partial<typeof flow>, sticky = false) =>
  choose(targets(count), { ...flow, ...other }, sticky)[0]?.address ?? '';

function counts(names: readonly string[]): number[] {
  return [...Map.groupBy(names, (name) => name).values()].map(({ length }) => length);
}

test('the same connection, the same target', () => {
  assert.deepEqual(choose(targets(3), flow, false), choose(targets(3), flow, false));
});

test('connections spread evenly', () => {
  const seen = counts(Array.from({ length: 3000 }, (_, n) => first(3, { sourcePort: 32768 + n })));
  assert.equal(seen.length, 3);
  for (const count of seen) assert.ok(count > 850 && count < 1150, String(seen));
});

const clients = Array.from({ length: 900 }, (_, n) => `10.${n >> 8}.3.${n & 255}`);

test('with stickiness a client keeps its target whatever its port, and clients still spread', () => {
  for (const source of clients.slice(0, 50)) {
    assert.equal(first(3, { source, sourcePort: 1 }, true), first(3, { source, sourcePort: 2 }, true));
  }
  const seen = counts(clients.map((source) => first(3, { source }, true)));
  assert.equal(seen.length, 3);
  for (const count of seen) assert.ok(count > 220 && count < 380, String(seen));
});

test('with stickiness a target that comes takes some clients, and moves none between others', () => {
  const [before, after] = [3, 4].map((count) => clients.map((source) => first(count, { source }, true)));
  const moved = clients.map((_, at) => [before?.[at], after?.[at]]).filter(([was, is]) => was !== is);
  assert.ok(moved.length > 150 && moved.length < 300, String(moved.length));
  for (const [, is] of moved) assert.equal(is, '10.0.2.4');
});

test('each is tried once, three at most', () => {
  for (const sticky of [false, true]) {
    for (const [count, tried] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [5, 3],
    ] as const) {
      const order = choose(targets(count), flow, sticky);
      assert.equal(order.length, tried);
      assert.equal(new Set(order).size, tried);
    }
  }
});
