/** Long work on a process's one thread, in slices: what else it serves goes on between them. */
import { setImmediate } from 'node:timers/promises';

/** So long may a call have to wait for a slice. */
const SLICE_MS = 10;

/** `work` yields between its steps, each of which is short. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  let began = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - began < SLICE_MS) continue;
    await setImmediate();
    began = performance.now();
  }
}

/** Of items, each of them short work, so many are done in one step. */
const PIECE = 200;

export function* inPieces<T>(items: Iterable<T>, each: (item: T) => void): Generator<void, void> {
  let count = 0;
  for (const item of items) {
    each(item);
    if (++count % PIECE === 0) yield;
  }
}

/** For who has nothing else to do meanwhile. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
