/** Where a list turns: at its ends, in its middle, nowhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partition } from './partition.ts';

test('partition finds where what holds ends', () => {
  for (const length of [0, 1, 2, 7, 8]) {
    for (let end = 0; end <= length; end++)
      assert.equal(
        partition(length, (at) => at < end),
        end,
      );
  }
});
