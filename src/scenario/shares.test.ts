import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areShared, parseShares } from './shares.ts';

test('shares are read, or told why not', () => {
  const two = [
    { value: '10.0.1.1', percent: 75 },
    { value: '10.0.1.2', percent: 25 },
  ];
  assert.deepEqual(parseShares('10.0.1.1 in 75 %, 10.0.1.2 in 25 %', 600), two);
  assert.equal(parseShares('10.0.1.1', 600), 'a share is VALUE in NUMBER %, not: 10.0.1.1');
  assert.equal(parseShares('a in 75 %, b in 20 %', 600), 'shares are 100 % together');
  assert.equal(parseShares('a in 75 %, b in 25 %', 192), '192 times are too few to tell 25 % from none');
});

test('what was drawn is as it should be, but for chance', () => {
  const shares = [
    { value: 'a', percent: 75 },
    { value: 'b', percent: 25 },
  ];
  const holds = (counts: Readonly<Record<string, number>>) => areShared(new Map(Object.entries(counts)), shares, 600);
  assert.ok(holds({ a: 450, b: 150 }));
  assert.ok(holds({ a: 366, b: 234 }));
  assert.ok(!holds({ a: 365, b: 235 }));
  assert.ok(!holds({ a: 300, b: 300 }));
  assert.ok(!holds({ a: 600 }));
  assert.ok(!holds({ a: 450, b: 149, c: 1 }));
});
