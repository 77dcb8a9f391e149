import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutsideFact } from '../model/facts.ts';
import { watchOutside } from './outside.ts';

const PLAN = { outside: { origin: [], closed: [], echoes: false } };

function watched(isWanted: boolean) {
  const starts: boolean[] = [];
  let host: OutsideFact = { hostBlocks: ['203.0.113.1/32'], echoes: false };
  const watch = watchOutside({ isWanted, start: (anew) => starts.push(anew), measure: () => host });
  return {
    watch,
    starts,
    become(hostBlocks: readonly string[]) {
      host = { hostBlocks, echoes: false };
    },
  };
}

test('not asked for: nothing is measured, nothing started', () => {
  const { watch, starts } = watched(false);
  watch.drove([{ op: 'create' }]);
  watch.applied({ outside: null });
  assert.deepEqual([watch.fact(), watch.look(), starts], [null, false, []]);
});

test('started when the tap is there, once; anew when the tap is another', () => {
  const { watch, starts } = watched(true);
  watch.applied({ outside: null });
  assert.deepEqual(starts, []);
  watch.drove([{ op: 'create' }, { op: 'tap' }]);
  watch.applied(PLAN);
  watch.drove([{ op: 'nft' }]);
  watch.applied(PLAN);
  assert.deepEqual(starts, [true]);
  watch.drove([{ op: 'tap' }]);
  assert.deepEqual(starts, [true]);
  watch.applied(PLAN);
  assert.deepEqual(starts, [true, true]);
});

test('a control process that starts again says so too, and that the tap is as it was', () => {
  const { watch, starts } = watched(true);
  watch.drove([]);
  watch.applied(PLAN);
  assert.deepEqual(starts, [false]);
});

test('what the host gets or loses is seen at the next look', () => {
  const { watch, become } = watched(true);
  assert.equal(watch.look(), false);
  become(['203.0.113.1/32', '203.0.113.2/32']);
  assert.deepEqual(watch.fact()?.hostBlocks, ['203.0.113.1/32']);
  assert.equal(watch.look(), true);
  assert.deepEqual(watch.fact()?.hostBlocks, ['203.0.113.1/32', '203.0.113.2/32']);
  assert.equal(watch.look(), false);
});
