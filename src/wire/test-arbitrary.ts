/** For tests: values of a shape, as fast-check generates them. */
import fc from 'fast-check';
import type { HttpBinding, Shape, StructShape } from './shape.ts';
import type { Structure } from './types.ts';
import { isXmlText } from './xml.ts';

/** Structures nest at most this deep: some hold themselves. */
const MAX_DEPTH = 5;

/** Without what forms are refused for. */
const TEXT = fc.string({ unit: 'grapheme', maxLength: 12 }).filter(isXmlText);
/** What a header, a path or a bucket's name can carry. */
const HEAD_TEXT = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const NUMBER = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0.5, 3.25, 2 ** 40));
/** Years of four digits: the formats know no others. */
const TIME = fc.date({
  min: new Date('1971-01-01T00:00:00Z'),
  max: new Date('2199-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const BYTES = fc.uint8Array({ maxLength: 12 });

export function arbitraryOf(shape: StructShape): fc.Arbitrary<Structure> {
  return structure(shape, 0);
}

function structure(shape: StructShape, depth: number): fc.Arbitrary<Structure> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  const required: string[] = [];
  for (const member of shape.members) {
    const nests = member.shape.kind === 'struct' || member.shape.kind === 'list' || member.shape.kind === 'map';
    if (depth >= MAX_DEPTH && nests && !member.required) continue;
    members[member.name] = value(member.shape, depth + 1, member.http);
    // The client would make up a token of its own.
    if (member.required || member.idempotencyToken) required.push(member.name);
  }
  if (shape.union) {
    return fc.oneof(...Object.entries(members).map(([name, item]) => item.map((given) => ({ [name]: given }))));
  }
  const any = fc.record(members, { requiredKeys: required });
  // A form cannot tell an empty structure from none at all.
  return depth === 0 || Object.keys(members).length === 0 ? any : any.filter((given) => Object.keys(given).length > 0);
}

function value(shape: Shape, depth: number, http: HttpBinding | null): fc.Arbitrary<unknown> {
  const inHead = http !== null && http.in !== 'payload';
  switch (shape.kind) {
    case 'struct':
      return structure(shape, depth);
    case 'list':
      return fc.array(value(shape.item, depth, http), { minLength: 1, maxLength: 3 });
    case 'map':
      // The SDK's own readers drop this key: what they cannot read back proves nothing about us.
      return fc.dictionary(
        (inHead ? HEAD_TEXT : TEXT).filter((key) => key !== '__proto__'),
        value(shape.value, depth, http),
        {
          minKeys: 1,
          maxKeys: 3,
          noNullPrototype: true,
        },
      );
    case 'string':
      // An empty body is no body.
      if (http !== null) return HEAD_TEXT;
      return shape.values === null ? TEXT : fc.constantFrom(...shape.values);
    case 'number':
      return NUMBER;
    case 'boolean':
      return fc.boolean();
    case 'timestamp':
      return inHead || shape.format === 'http-date'
        ? TIME.map((time) => new Date(Math.floor(time.getTime() / 1000) * 1000))
        : TIME;
    case 'blob':
    case 'stream':
      return BYTES;
  }
}

/** Without what a form or XML cannot tell from absent: structures and maps with nothing in them. Bytes as Uint8Array. */
export function pruned(given: unknown): unknown {
  if (given instanceof Date) return given;
  if (given instanceof Uint8Array) return Uint8Array.from(given);
  if (Array.isArray(given)) return given.map(pruned).filter((item) => item !== undefined);
  if (typeof given !== 'object' || given === null) return given;
  const entries = Object.entries(given)
    .map(([key, item]) => [key, pruned(item)] as const)
    .filter(([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
