/**
 * Long lists of which little changes: kept in order, in chunks that are the very same objects for as long as what is in them is.
 * What follows from a list is made of each chunk (`remember`) and joined, so that one item more costs its chunk, and the number of
 * them: what is done for each item is no more than to compare it with itself. Who does not care sees arrays. What is kept
 * of earlier lists cannot be seen. See docs/decisions/long-lists.md.
 */
import { partition } from '../net/partition.ts';

/** Items of a chunk that is cut anew. It grows to twice as many and shrinks to a quarter before it is cut or joined again. */
const CHUNK = 64;
/** More that come and go at once are not put in their places one by one. */
const FEW = 64;

/** None of them is empty. */
export type Chunks<T> = readonly (readonly T[])[];

const known = new WeakMap<readonly unknown[], Chunks<unknown>>();

/** One where nobody cut the list, or it is short: thousands of those would cost their look-ups, and save nothing. */
export function chunksOf<T>(list: readonly T[]): Chunks<T> {
  const chunks = list.length > CHUNK ? (known.get(list) as Chunks<T> | undefined) : undefined;
  return chunks ?? (list.length === 0 ? [] : [list]);
}

/** One list of several, in the chunks of each. */
export function joined<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const full = lists.length < 2 ? lists : lists.filter(({ length }) => length > 0);
  if (full.length < 2) return full[0] ?? [];
  const list = ([] as T[]).concat(...full);
  if (list.length > CHUNK) known.set(list, full.flatMap(chunksOf));
  return list;
}

export interface Order<T, I> {
  /** Follows from the item alone; undefined: the list has nothing of it. */
  readonly imageOf: (item: T) => I | undefined;
  /** Images that it calls equal are alike: which one stands first is not told. */
  readonly compare: (a: I, b: I) => number;
  /** Neighbours that stay in one chunk; an equivalence. */
  readonly areOne?: (a: I, b: I) => boolean;
  readonly chunk?: number;
}

/**
 * Images of a list's items, in order: of those alone that are new, where the list before it is found by its first or last item. That one
 * is kept for the next, and no other. No item is in a list twice.
 */
export function ordered<T extends object, I>(order: Order<T, I>): (list: readonly T[]) => Chunks<I> {
  const { imageOf, compare } = order;
  const before = new WeakMap<T, { readonly list: readonly T[]; readonly chunks: Chunks<I> }>();
  const imagesOf = (list: readonly T[]) => list.map(imageOf).filter((image) => image !== undefined);

  return (list) => {
    const [first, last] = [list[0], list.at(-1)];
    if (first === undefined || last === undefined) return [];
    // Where both ends are new it is looked for all the same, lest it be kept: there all has to be put in order anyway.
    const earlier = before.get(first) ?? before.get(last) ?? before.get(list.find((item) => before.has(item)) ?? first);
    if (earlier !== undefined && isSame(earlier.list, list)) return earlier.chunks;
    const { gone, come } = changes(earlier?.list ?? [], list);
    // What has no end in this list any more goes with that item; or it is another list's, found by an item that both end with.
    for (const end of [earlier?.list[0], earlier?.list.at(-1)]) {
      if (end !== undefined && before.get(end) === earlier && !gone.includes(end)) before.delete(end);
    }
    const chunks =
      earlier === undefined || gone.length + come.length > FEW
        ? cut(imagesOf(list).sort(compare), order)
        : edited(earlier.chunks, imagesOf(gone), imagesOf(come), order);
    const state = { list, chunks };
    before.set(first, state);
    before.set(last, state);
    return chunks;
  };
}

/** The one list; or short ones of the same items, of which many are made anew for each that changed. */
function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length <= CHUNK && a.length === b.length && a.every((item, at) => item === b[at]));
}

function edited<I>(images: Chunks<I>, gone: readonly I[], come: readonly I[], order: Order<never, I>): Chunks<I> {
  if (gone.length + come.length === 0) return images;
  const { compare, areOne, chunk: size = CHUNK } = order;
  const chunks = [...images];

  function edit(image: I, isGone: boolean): void {
    let { at, place } = placeIn(chunks, (other) => compare(other, image) < 0);
    let chunk = (chunks[at] ?? []).toSpliced(place, isGone ? 1 : 0, ...(isGone ? [] : [image]));
    const ahead = chunks[at - 1];
    if (!isGone && place === 0 && ahead !== undefined && areOne?.(ahead.at(-1) as I, image)) {
      at--;
      chunk = [...ahead, image];
    }
    if (chunk.length > size * 2) chunks.splice(at, 1, ...cut(chunk, order));
    else if (chunk.length >= size / 4) chunks[at] = chunk;
    else {
      const from = Math.max(at - 1, 0);
      const both = from < at ? [...(chunks[from] ?? []), ...chunk] : [...chunk, ...(chunks[at + 1] ?? [])];
      chunks.splice(from, 2, ...cut(both, order));
    }
  }

  for (const image of gone) edit(image, true);
  for (const image of come) edit(image, false);
  return chunks;
}

function cut<I>(list: readonly I[], { areOne, chunk: size = CHUNK }: Order<never, I>): Chunks<I> {
  const chunks: (readonly I[])[] = [];
  for (let start = 0; start < list.length; ) {
    let end = Math.min(start + size, list.length);
    while (end < list.length && areOne?.(list[end - 1] as I, list[end] as I)) end++;
    if (list.length - end < size / 2) end = list.length;
    chunks.push(list.slice(start, end));
    start = end;
  }
  return chunks;
}

/** Where the first stands that is not so, of chunks where those that are so stand first; behind the last of all where every one is. */
export function placeIn<T>(
  chunks: Chunks<T>,
  isSo: (item: T) => boolean,
): { readonly at: number; readonly place: number } {
  const at = partition(chunks.length - 1, (index) => isSo(chunks[index]?.at(-1) as T));
  const chunk = chunks[at] ?? [];
  return { at, place: partition(chunk.length, (index) => isSo(chunk[index] as T)) };
}

/** What of `from` is not in `to`, and the other way round. */
export function changes<T>(from: readonly T[], to: readonly T[]): { gone: T[]; come: T[] } {
  // Mostly a few items of a long list differ, and they stand together: in the same chunk, where they are in chunks.
  const [before, after] = [chunksOf(from), chunksOf(to)];
  let start = 0;
  for (let at = 0; at < before.length && before[at] === after[at]; at++) start += before[at]?.length ?? 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start++;
  let [fromEnd, toEnd] = [from.length, to.length];
  for (let back = 1; before.at(-back) === after.at(-back); back++) {
    const length = before.at(-back)?.length ?? 0;
    if (length === 0 || Math.min(fromEnd, toEnd) - length < start) break;
    fromEnd -= length;
    toEnd -= length;
  }
  while (fromEnd > start && toEnd > start && from[fromEnd - 1] === to[toEnd - 1]) {
    fromEnd--;
    toEnd--;
  }
  const [gone, come] = [from.slice(start, fromEnd), to.slice(start, toEnd)];
  if (gone.length === 0 || come.length === 0) return { gone, come };
  const [old, young] = [new Set(gone), new Set(come)];
  return { gone: gone.filter((item) => !young.has(item)), come: come.filter((item) => !old.has(item)) };
}
