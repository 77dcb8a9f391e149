/** Whatever a list was before, it is in order as if it were new; and what little changes costs little: the rest are the same chunks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { changes, chunksOf, joined, ordered } from './lists.ts';

interface Item {
  readonly key: number;
  readonly isIn: boolean;
}

const CHUNK = 4;
const order = {
  imageOf: ({ key, isIn }: Item) => (isIn ? key : undefined),
  compare: (a: number, b: number) => a - b,
  // Pairs stay together.
  areOne: (a: number, b: number) => a >> 1 === b >> 1,
  chunk: CHUNK,
};

/** Which items of a pool a list has, in which order: a start, then runs of items that go, come or move. */
const steps = fc.array(fc.record({ at: fc.nat(60), goes: fc.nat(3), comes: fc.nat(3), isTurned: fc.boolean() }), {
  minLength: 1,
  maxLength: 30,
});
const pool = fc.array(fc.record({ key: fc.nat(80), isIn: fc.boolean() }), { minLength: 40, maxLength: 80 });

test('after any changes a list is as a new one is, in whole chunks', () => {
  fc.assert(
    fc.property(pool, steps, (all, changed) => {
      const inOrder = ordered<Item, number>(order);
      let [list, rest] = [all.slice(0, 30), all.slice(30)];
      for (const { at, goes, comes, isTurned } of changed) {
        const gone = list.slice(at % (list.length + 1), (at % (list.length + 1)) + goes);
        const [come, left] = [rest.slice(0, comes), rest.slice(comes)];
        list = list.toSpliced(at % (list.length + 1), goes, ...come);
        if (isTurned) list = list.toReversed();
        rest = [...left, ...gone];
        const chunks = inOrder(list);
        assert.deepEqual(
          chunks.flat(),
          list.flatMap(({ key, isIn }) => (isIn ? [key] : [])).sort((a, b) => a - b),
        );
        for (const [index, chunk] of chunks.entries()) {
          assert.ok(chunk.length > 0);
          const next = chunks[index + 1]?.[0];
          if (next !== undefined) assert.ok(!order.areOne(chunk.at(-1) as number, next));
        }
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('one item more or less is another chunk or two, wherever it is; its neighbours are the very same', () => {
  const inOrder = ordered<Item, number>({ ...order, chunk: 64 });
  // Not in the order of their keys: no two neighbours are neighbours there.
  const all = Array.from({ length: 10_000 }, (_, at): Item => ({ key: (at * 7919) % 10_007, isIn: true }));
  let before = inOrder(all);
  assert.ok(before.length > 50);
  for (const list of [all.slice(1), all, all.toSpliced(5000, 1), all, all.slice(0, -1), all]) {
    const now = inOrder(list);
    const known = new Set(before);
    assert.ok(now.filter((chunk) => !known.has(chunk)).length <= 2);
    before = now;
  }
});

test('lists that end with the same item, changed in turn, are each as new ones are and keep their own chunks', () => {
  const inOrder = ordered<Item, number>(order);
  const last = { key: 999, isIn: true };
  const itemsFrom = (from: number) => Array.from({ length: 60 }, (_, at): Item => ({ key: from + 2 * at, isIn: true }));
  let lists = [itemsFrom(0), itemsFrom(200), itemsFrom(400)].map((items) => [...items, last]);
  let before = lists.map(inOrder);
  const place = fc.record({ which: fc.nat(2), at: fc.nat(70), goes: fc.nat(1), key: fc.nat(800) });
  fc.assert(
    fc.property(place, ({ which, at, goes, key }) => {
      // The one at the end stays.
      const changed = (list: Item[]) => list.toSpliced(Math.min(at, list.length - 1 - goes), goes, { key, isIn: true });
      lists = lists.map((list, index) => (index === which ? changed(list) : [...list]));
      const now = lists.map(inOrder);
      for (const [index, chunks] of now.entries()) {
        const keys = lists[index]?.map((item) => item.key) ?? [];
        assert.deepEqual(
          chunks.flat(),
          keys.sort((a, b) => a - b),
        );
        if (index !== which) assert.equal(chunks, before[index]);
      }
      before = now;
    }),
    { seed: 1, numRuns: 300, endOnFailure: true },
  );
});

test('chunks stay between bounds, however long they change', () => {
  const inOrder = ordered<Item, number>({ ...order, areOne: () => false });
  let list = Array.from({ length: 200 }, (_, key): Item => ({ key, isIn: true }));
  const inBounds = () => {
    const lengths = inOrder(list).map(({ length }) => length);
    assert.ok(Math.max(...lengths) <= 2 * CHUNK, String(lengths));
    assert.ok(list.length / lengths.length >= CHUNK / 4, String(lengths));
  };
  for (let turn = 0; turn < 400; turn++) {
    list = [...list, { key: (turn * 31) % 200, isIn: true }];
    inBounds();
  }
  while (list.length > CHUNK + 1) {
    list = list.toSpliced((list.length * 7) % (list.length - 1), 1);
    inBounds();
  }
});

test('of lists that were before none but the last is kept, at whichever end they change', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const inOrder = ordered<Item, number>(order);
  let list = Array.from({ length: 100 }, (_, key): Item => ({ key, isIn: true }));
  const earlier: WeakRef<object>[] = [];
  for (let key = 100; key < 160; key++) {
    const item = { key, isIn: true };
    // In front; behind; at both ends.
    list = [...(key % 3 === 1 ? [] : [item]), ...list, ...(key % 3 === 0 ? [] : [{ ...item }])];
    inOrder(list);
    earlier.push(new WeakRef(list));
  }
  // What was asked of this turn lives until its end.
  await new Promise(setImmediate);
  collect();
  assert.deepEqual(
    earlier.map((each) => each.deref() === undefined),
    earlier.map((_, at) => at < earlier.length - 1),
  );
  assert.equal(inOrder(list).flat().length, list.length);
});

test('a short list that is made anew of the same items is the very same chunk, whatever other lists end with', () => {
  const inOrder = ordered<Item, number>(order);
  const [a, b, last] = [3, 2, 1].map((key): Item => ({ key, isIn: true })) as [Item, Item, Item];
  const lists = [[a, b, last], [b, last], [last]];
  lists.map(inOrder);
  const before = lists.map(inOrder);
  assert.deepEqual(before, [[[1, 2, 3]], [[1, 2]], [[1]]]);
  for (const [at, list] of lists.entries()) assert.equal(inOrder([...list]), before[at]);
  assert.deepEqual(inOrder([a, last]), [[1, 3]]);
  assert.deepEqual(inOrder([last, a]), [[1, 3]]);
  assert.deepEqual(inOrder([b, last]), [[1, 2]]);
});

test('joined lists keep the chunks of each; an empty one has none, short ones one of their own', () => {
  const [a, b, c] = [50, 1, 50].map((length, at) => Array.from({ length }, (_, n) => 100 * at + n)) as [
    number[],
    number[],
    number[],
  ];
  const both = joined<number>([a, [], b]);
  const all = joined<number>([both, c, [], c]);
  assert.deepEqual(all, [...a, ...b, ...c, ...c]);
  assert.deepEqual(chunksOf(both), [both]);
  assert.equal(chunksOf(both)[0], both);
  assert.deepEqual(chunksOf(all), [both, c, c]);
  assert.equal(chunksOf(joined([all, a]))[0], both);
  assert.equal(joined([a]), a);
  assert.equal(joined([[], a, []]), a);
  assert.deepEqual(joined([[], []]), []);
  assert.deepEqual(chunksOf([]), []);
});

test('what went and what came, of lists without repetition, however they are cut', () => {
  const parts = fc.uniqueArray(fc.nat(20)).chain((all) => fc.tuple(fc.constant(all), fc.nat(20), fc.nat(20)));
  // What both have at each end keeps them in chunks: short ones have one.
  const [front, back] = [1, 2].map((n) => Array.from({ length: 40 }, (_, at) => 100 * n + at)) as [number[], number[]];
  const lists = fc.tuple(parts, parts, fc.boolean());
  fc.assert(
    fc.property(lists, ([[a, first, second], [b], isTurned]) => {
      const chunks = [a.slice(0, first), a.slice(first, first + second), a.slice(first + second)];
      const others = [chunks[0] ?? [], b.filter((item) => !a.includes(item)), chunks[isTurned ? 1 : 2] ?? []];
      const [from, to] = [chunks, others].map((middle) => joined([front, ...middle, back])) as [number[], number[]];
      const { gone, come } = changes(from, to);
      assert.deepEqual(
        gone,
        from.filter((item) => !to.includes(item)),
      );
      assert.deepEqual(
        come,
        to.filter((item) => !from.includes(item)),
      );
    }),
    { seed: 1 },
  );
});
