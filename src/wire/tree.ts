/**
 * JSON and CBOR bodies: a parsed tree to a typed value and back, by shape. CBOR carries bytes and dates as themselves;
 * JSON as base64 and as seconds since 1970. Members that the shape does not know are ignored, as AWS's JSON services do.
 */
import { cbor, tag } from '@smithy/core/cbor';
import { Refusal } from '../model/refusal.ts';
import { isBounded } from './cbor-bounds.ts';
import { base64, readBase64, readTime, writeTime } from './scalars.ts';
import type { Shape, StructShape, TimeFormat } from './shape.ts';
import type { Structure } from './types.ts';
import { put, type Violations } from './violations.ts';

export type Encoding = 'json' | 'cbor';

/** From the top of a body to a value: names, keys and positions. */
const MOST_STEPS = 128;

/** CBOR's tag for seconds since 1970 (RFC 8949, 3.4.2). */
const EPOCH_TAG = 1;

export function parseTree(body: Uint8Array, encoding: Encoding): unknown {
  if (body.length === 0) return {};
  if (encoding === 'cbor' && !isBounded(body)) throw unreadable();
  try {
    return encoding === 'cbor'
      ? cbor.deserialize(body)
      : JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(body));
  } catch {
    throw unreadable();
  }
}

function unreadable(): Refusal {
  return new Refusal('SerializationException', 'The request body could not be parsed.');
}

export function printTree(tree: unknown, encoding: Encoding): string | Uint8Array {
  return encoding === 'cbor' ? cbor.serialize(tree) : JSON.stringify(tree);
}

export function readTree(shape: StructShape, tree: unknown, encoding: Encoding, violations: Violations): Structure {
  return (readValue(shape, tree, encoding, violations) as Structure | undefined) ?? {};
}

function isObject(value: unknown): value is Structure {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function readValue(shape: Shape, value: unknown, encoding: Encoding, violations: Violations): unknown {
  // Shapes that hold themselves (DynamoDB's values, of 32 levels) would follow a body as far as it goes.
  if (violations.path.length > MOST_STEPS) throw unreadable();
  const read = readKnown(shape, value, encoding, violations);
  if (read === undefined) violations.add({ is: 'type', expected: shape.kind, value: describe(value) });
  return read;
}

function readKnown(shape: Shape, value: unknown, encoding: Encoding, violations: Violations): unknown {
  switch (shape.kind) {
    case 'struct': {
      if (!isObject(value)) return undefined;
      const result: Structure = {};
      for (const member of shape.members) {
        violations.path.push(member.name);
        const raw = Object.hasOwn(value, member.name) ? value[member.name] : undefined;
        if (raw !== undefined && raw !== null) {
          const read = readValue(member.shape, raw, encoding, violations);
          if (read !== undefined) result[member.name] = read;
        } else if (member.required && !member.idempotencyToken) violations.add({ is: 'missing' });
        violations.path.pop();
      }
      return result;
    }
    case 'list':
      if (!Array.isArray(value)) return undefined;
      return value
        .filter((item) => item !== null)
        .map((item, index) =>
          violations.at(String(index + 1), () => readValue(shape.item, item, encoding, violations)),
        );
    case 'map': {
      if (!isObject(value)) return undefined;
      const result: Structure = {};
      for (const [key, item] of Object.entries(value)) {
        if (item === null) continue;
        put(
          result,
          key,
          violations.at(key, () => readValue(shape.value, item, encoding, violations)),
        );
      }
      return result;
    }
    case 'string':
      if (typeof value !== 'string') return undefined;
      violations.checkEnum(shape.values, value);
      return value;
    case 'number':
      return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'blob':
    case 'stream':
      if (encoding === 'cbor') return value instanceof Uint8Array ? Uint8Array.from(value) : undefined;
      return typeof value === 'string' ? readBase64(value) : undefined;
    case 'timestamp':
      if (encoding === 'cbor' && isObject(value) && value.tag === EPOCH_TAG) return readTime(String(value.value));
      return typeof value === 'number' || typeof value === 'string' ? readTime(String(value)) : undefined;
  }
}

/** As AWS names what it found: STRING_VALUE, NUMBER_VALUE … */
function describe(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (value === null || value === undefined) return 'NULL_VALUE';
  switch (typeof value) {
    case 'string':
      return 'STRING_VALUE';
    case 'number':
    case 'bigint':
      return 'NUMBER_VALUE';
    case 'boolean':
      return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
    default:
      return 'START_OBJECT';
  }
}

export function writeTree(shape: Shape, value: unknown, encoding: Encoding): unknown {
  switch (shape.kind) {
    case 'struct': {
      const result: Structure = {};
      for (const member of shape.members) {
        const item = (value as Structure)[member.name];
        if (item !== undefined && item !== null) result[member.name] = writeTree(member.shape, item, encoding);
      }
      return result;
    }
    case 'list':
      return (value as unknown[]).map((item) => writeTree(shape.item, item, encoding));
    case 'map': {
      const result: Structure = {};
      for (const [key, item] of Object.entries(value as Structure)) {
        if (item !== undefined && item !== null) put(result, key, writeTree(shape.value, item, encoding));
      }
      return result;
    }
    case 'timestamp':
      return writeTimestamp(value as Date, shape.format, encoding);
    case 'blob':
    case 'stream':
      return encoding === 'cbor' ? value : base64(value as Uint8Array);
    default:
      return value;
  }
}

function writeTimestamp(date: Date, format: TimeFormat, encoding: Encoding): unknown {
  const seconds = date.getTime() / 1000;
  if (encoding === 'cbor') return tag({ tag: EPOCH_TAG, value: seconds });
  return format === 'date-time' || format === 'http-date' ? writeTime(date, format) : seconds;
}
