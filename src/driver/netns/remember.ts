/**
 * Results kept for as long as all that they were made of stays the same, so that a change costs what changed. What a result was
 * made of is not declared but watched: each list it read and each key it looked up, with what was there. Only `get` and `has`
 * of a map can be watched.
 */

/** What results are made of: lists and single things by name, or maps of them. */
export type Sources = Readonly<Record<string, unknown>>;

export interface Memory<Result> {
  /** The result of `make`, or the very same object as last time where it would be an equal one. */
  recall<S extends Sources>(id: string, sources: S, make: (sources: S) => Result): Result;
  /** Forgets all that was not recalled since the last `sweep`. */
  sweep(): void;
}

/** One read: of a source, or of a map's key. */
interface Read {
  readonly source: string;
  readonly key: unknown;
  readonly found: unknown;
}

interface Known<Result> {
  readonly reads: readonly Read[];
  readonly result: Result;
}

const WHOLE = Symbol('whole');

export function createMemory<Result>(): Memory<Result> {
  let kept = new Map<string, Known<Result>>();
  let recalled = new Map<string, Known<Result>>();
  return {
    recall(id, sources, make) {
      let known = kept.get(id);
      if (known === undefined || !known.reads.every((read) => isSame(read.found, find(sources, read)))) {
        const reads = new Map<string, Map<unknown, unknown>>();
        const result = make(watched(sources, reads));
        const flat = [...reads].flatMap(([source, found]) =>
          [...found].map(([key, value]) => ({ source, key, found: value })),
        );
        known = { reads: flat, result };
      }
      recalled.set(id, known);
      return known.result;
    },
    sweep() {
      kept = recalled;
      recalled = new Map();
    },
  };
}

function find(sources: Sources, { source, key }: Read): unknown {
  const value = sources[source];
  return key === WHOLE ? value : (value as ReadonlyMap<unknown, unknown>).get(key);
}

/** As JSON has it; anything else is the same only as itself. Pieces of a Plan that did not change are mostly the same objects. */
function isSame(before: unknown, now: unknown): boolean {
  if (before === now) return true;
  if (Array.isArray(before)) {
    return Array.isArray(now) && before.length === now.length && before.every((item, at) => isSame(item, now[at]));
  }
  if (!isPlain(before) || !isPlain(now)) return false;
  const keys = Object.keys(before);
  return keys.length === Object.keys(now).length && keys.every((key) => key in now && isSame(before[key], now[key]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function watched<S extends Sources>(sources: S, reads: Map<string, Map<unknown, unknown>>): S {
  const note = (source: string, key: unknown, found: unknown) => {
    const of = reads.get(source) ?? new Map();
    reads.set(source, of.set(key, found));
  };
  return new Proxy(sources, {
    get(target, source) {
      const value = target[source as string];
      if (!(value instanceof Map)) {
        note(source as string, WHOLE, value);
        return value;
      }
      return new Proxy(value, {
        get(map, method) {
          if (method !== 'get' && method !== 'has') throw new Error(`${String(method)} of a map cannot be watched`);
          return (key: unknown) => {
            const found = map.get(key);
            note(source as string, key, found);
            return method === 'get' ? found : found !== undefined;
          };
        },
      });
    },
  });
}
