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

test('not asked for: nothing is measured, nothing started', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { watch, starts, become } = watched(false);
  watch.follow(() => assert.fail('nothing to tell'));
  become(['203.0.113.2/32']);
  t.mock.timers.tick(60_000);
  watch.drove([{ op: 'create' }]);
  watch.applied({ outside: null });
  assert.deepEqual([watch.fact(), starts], [null, []]);
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

test('what the host gets or loses is told once, a quarter of a second later at most', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { watch, become } = watched(true);
  let told = 0;
  const end = watch.follow(() => told++);
  const after = (ms: number) => {
    t.mock.timers.tick(ms);
    return [told, watch.fact()?.hostBlocks.length];
  };
  assert.deepEqual(after(1000), [0, 1]);
  become(['203.0.113.1/32', '203.0.113.2/32']);
  assert.deepEqual(after(250), [1, 2]);
  assert.deepEqual(after(1000), [1, 2]);
  become(['203.0.113.2/32']);
  assert.deepEqual(after(250), [2, 1]);
  end();
  become([]);
  assert.deepEqual(after(1000), [2, 1]);
});
