/**
 * Results kept for as long as the object they came from lives. Resources never change (a change is a new object), so that a
 * pure function of one gives the same piece of the Plan each time: only what a commit touched is made anew, and the compile
 * stays whole and pure as seen from outside. Never for functions of the Intent, which does change.
 */

export function remember<K extends WeakKey, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}

/** For a result that follows from a second value as well: kept for the newest of those, compared by identity. */
export function rememberWith<K extends WeakKey, W, V>(make: (key: K, other: W) => V): (key: K, other: W) => V {
  const known = new WeakMap<K, { readonly other: W; readonly value: V }>();
  return (key, other) => {
    const before = known.get(key);
    if (before !== undefined && before.other === other) return before.value;
    const value = make(key, other);
    known.set(key, { other, value });
    return value;
  };
}

/** What of a map is asked by those who may not care when its values are made. */
export type Lookup<K, V> = Pick<ReadonlyMap<K, V>, 'get' | 'has'>;

/** Values made when they are first asked for: of the thousands that a Plan has, a question needs a handful. */
export function lookup<K, A, V>(items: ReadonlyMap<K, A>, make: (item: A) => V): Lookup<K, V> {
  const made = new Map<K, V>();
  return {
    has: (key) => items.has(key),
    get(key) {
      const known = made.get(key);
      if (known !== undefined) return known;
      const item = items.get(key);
      if (item === undefined) return undefined;
      const value = make(item);
      made.set(key, value);
      return value;
    },
  };
}
