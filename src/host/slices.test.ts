/** Long work gives way: between its pieces, and to the event loop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce, inPieces, inSlices } from './slices.ts';

test('work of many items is done in pieces, in order', () => {
  const done: number[] = [];
  const items = Array.from({ length: 1000 }, (_, at) => at);
  const work = inPieces(items, (item) => done.push(item));
  for (let before = 0; !work.next().done; before = done.length) assert.ok(done.length - before <= 200);
  assert.deepEqual(done, items);
  atOnce(inPieces([], () => assert.fail()));
});

test('who waits for the event loop has a turn before long work ends', async () => {
  let turns = 0;
  let isDone = false;
  const turn = () => {
    turns++;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const step = new Int32Array(new SharedArrayBuffer(4));
  const result = await inSlices(
    (function* () {
      // Longer than a slice, each.
      for (let at = 0; at < 5; at++) {
        Atomics.wait(step, 0, 0, 15);
        yield;
      }
      return 'done';
    })(),
  );
  isDone = true;
  assert.equal(result, 'done');
  assert.ok(turns >= 4, String(turns));
});
