import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskOf, processorCount } from './steering.ts';

test('the first so many processors, as the kernel reads a bitmap', () => {
  assert.equal(maskOf(0), '00000000');
  assert.equal(maskOf(1), '00000001');
  assert.equal(maskOf(2), '00000003');
  assert.equal(maskOf(32), 'ffffffff');
  assert.equal(maskOf(33), '00000001,ffffffff');
  assert.equal(maskOf(64), 'ffffffff,ffffffff');
  assert.equal(maskOf(65), '00000001,ffffffff,ffffffff');
});

test('there is one processor at least', () => {
  assert.ok(processorCount() >= 1);
});
