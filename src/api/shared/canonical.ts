/** Values as text that is equal where the values are, and Dates and bytes through JSON and back. */

/** JSON with sorted keys and without absent members. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(freeze(value)));
}

/** The value as plain JSON: Dates and bytes become marked objects. */
export function freeze(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: [...value] };
  if (Array.isArray(value)) return value.map(freeze);
  if (typeof value !== 'object' || value === null) return value;
  return mapped(value, freeze);
}

/** What `freeze` was given. */
export function thaw(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(thaw);
  if (typeof value !== 'object' || value === null) return value;
  if ('$date' in value) return new Date(value.$date as string);
  if ('$bytes' in value) return Uint8Array.from(value.$bytes as number[]);
  return mapped(value, thaw);
}

function mapped(value: object, change: (value: unknown) => unknown): object {
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(members.map(([key, each]) => [key, change(each)]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, each]) => [key, sorted(each)]));
}
