/** Text to scalar and back, as XML, query strings and HTTP headers write them. `undefined` from a reader: not of that type. */
import type { Shape, TimeFormat } from './shape.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?\s*([Zz]|[+-]\d\d:?\d\d)?$/;
const HTTP_DATE = /^[A-Z][a-z]{2,8}, \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d(\.\d+)? GMT$/;

export type ScalarShape = Extract<Shape, { kind: 'string' | 'number' | 'boolean' | 'blob' | 'stream' | 'timestamp' }>;

export function isScalar(shape: Shape): shape is ScalarShape {
  return shape.kind !== 'struct' && shape.kind !== 'list' && shape.kind !== 'map';
}

export function readScalar(
  shape: ScalarShape,
  text: string,
): string | number | boolean | Date | Uint8Array | undefined {
  switch (shape.kind) {
    case 'string':
      return text;
    case 'number':
      return NUMBER.test(text.trim()) ? Number(text) : undefined;
    case 'boolean': {
      const lower = text.trim().toLowerCase();
      return lower === 'true' ? true : lower === 'false' ? false : undefined;
    }
    case 'blob':
    case 'stream':
      return readBase64(text);
    case 'timestamp':
      return readTime(text.trim());
  }
}

export function readBase64(text: string): Uint8Array | undefined {
  return BASE64.test(text) ? Uint8Array.from(Buffer.from(text, 'base64')) : undefined;
}

/** Any of the three formats: their texts cannot be taken for one another, and clients do not agree on which they send. */
export function readTime(text: string): Date | undefined {
  let time: number;
  if (NUMBER.test(text)) time = Math.round(Number(text) * 1000);
  else if (HTTP_DATE.test(text)) time = Date.parse(text);
  else {
    const match = DATE_TIME.exec(text);
    if (match === null) return undefined;
    const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone = 'Z'] = match;
    const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`;
    const colon = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
    time = Date.parse(iso + colon);
  }
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** `fallback`: the format where the schema names none. */
export function writeScalar(shape: ScalarShape, value: unknown, fallback: TimeFormat): string {
  switch (shape.kind) {
    case 'timestamp':
      return writeTime(value as Date, shape.format === 'default' ? fallback : shape.format);
    case 'blob':
    case 'stream':
      return base64(value as Uint8Array);
    default:
      return String(value);
  }
}

export function writeTime(date: Date, format: TimeFormat): string {
  switch (format) {
    case 'epoch-seconds':
      return String(date.getTime() / 1000);
    case 'http-date':
      return date.toUTCString();
    case 'date-time':
      return date.toISOString().replace('.000Z', 'Z');
    case 'default':
      // EC2's: milliseconds always.
      return date.toISOString();
  }
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
