/**
 * Nothing is silently accepted: an action says which members of its input it reads, and whatever else a caller gives is
 * refused by name. Absent members, empty lists and empty texts ask for nothing and pass: clients send them for what they leave
 * open.
 */
import { refuse } from '../../model/refusal.ts';

/**
 * For each member that an action reads: `true` (all of it), a list of the only values that it can be asked for, or the
 * members inside it (of each item, where it is a list).
 */
export type Reads<T> = { readonly [K in keyof T]?: Member<Exclude<T[K], undefined>> };
type Member<V> =
  | true
  | readonly V[]
  | (V extends readonly (infer E)[] ? (E extends object ? Reads<E> : never) : V extends object ? Reads<V> : never);

export function refuseUnread(input: object, reads: object, path = ''): void {
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    const read = Object.hasOwn(reads, name) ? (reads as Record<string, unknown>)[name] : undefined;
    if (read === true) continue;
    const full = `${path}${name}`;
    if (read === undefined) refuse('UnsupportedOperation', `The parameter ${full} is not supported by Culvert.`);
    if (Array.isArray(read)) {
      if (read.includes(value)) continue;
      refuse('UnsupportedOperation', `The value '${value}' for parameter ${full} is not supported by Culvert.`);
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'object' && item !== null) refuseUnread(item, read as object, `${full}.`);
    }
  }
}
