/**
 * Record values between their text, as in a zone file, and the fields that they are made of on the wire: one grammar for the
 * compiler, the linter and the DNS server. Bytes are written elsewhere. RFC 1035 §5.1; RFC 2782 (SRV), RFC 8659 (CAA).
 */
import { readName } from '../net/domain-name.ts';
import { parseIp } from '../net/ip.ts';
import type { RecordType } from './plan.ts';

export type Field =
  | { readonly kind: 'address'; readonly text: string }
  /** A domain name without the trailing dot; '' is the root. */
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number; readonly bytes: 1 | 2 | 4 }
  /** One character a byte; `rest`: to the record's end, else a byte with its length comes before it. */
  | { readonly kind: 'string' | 'rest'; readonly text: string };

type Slot = 'name' | 'u8' | 'u16' | 'u32' | 'string' | 'rest';

/** What a value is made of; 'strings' are one or more to its end. */
const GRAMMAR: Readonly<Record<Exclude<RecordType, 'A' | 'AAAA'>, readonly Slot[] | 'strings'>> = {
  CAA: ['u8', 'string', 'rest'],
  CNAME: ['name'],
  MX: ['u16', 'name'],
  NS: ['name'],
  PTR: ['name'],
  SOA: ['name', 'name', 'u32', 'u32', 'u32', 'u32', 'u32'],
  SPF: 'strings',
  SRV: ['u16', 'u16', 'u16', 'name'],
  TXT: 'strings',
};
const BYTES = { u8: 1, u16: 2, u32: 4 } as const;
const MAX_STRING = 255;
/** What Route 53 takes; no answer of one record is then larger than a message. */
const MAX_VALUE = 4000;

export function isRecordType(type: string): type is RecordType {
  return type === 'A' || type === 'AAAA' || type in GRAMMAR;
}

/** undefined: not a value of that type. */
export function parseRdata(type: RecordType, text: string): readonly Field[] | undefined {
  if (type === 'A' || type === 'AAAA') {
    return parseIp(text)?.version === (type === 'A' ? 4 : 6) ? [{ kind: 'address', text }] : undefined;
  }
  const words = text.length > MAX_VALUE ? undefined : split(text);
  const grammar = GRAMMAR[type];
  if (words === undefined || words.length === 0) return undefined;
  const slots = grammar === 'strings' ? words.map(() => 'string' as const) : grammar;
  if (slots.length !== words.length) return undefined;
  const fields = slots.map((slot, at) => fieldOf(slot, words[at] ?? ''));
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

/** The one text for a value: names in lower case without the trailing dot, strings in quotes. */
export function formatRdata(fields: readonly Field[]): string {
  return fields
    .map((field) => {
      if (field.kind === 'number') return String(field.value);
      if (field.kind === 'string' || field.kind === 'rest') return quote(field.text);
      return field.text === '' ? '.' : field.text;
    })
    .join(' ');
}

function fieldOf(slot: Slot, word: string): Field | undefined {
  if (slot === 'name') {
    const read = word === '.' ? { name: '' } : readName(word);
    return 'name' in read ? { kind: 'name', text: read.name } : undefined;
  }
  if (slot === 'rest' || slot === 'string') {
    const text = unescaped(word);
    return !BYTE_TEXT.test(text) || (slot === 'string' && text.length > MAX_STRING) ? undefined : { kind: slot, text };
  }
  const value = Number(word);
  const bytes = BYTES[slot];
  return /^\d+$/.test(word) && value < 256 ** bytes ? { kind: 'number', value, bytes } : undefined;
}

/** Words, or what stands between quotes, as they are written. */
function split(text: string): string[] | undefined {
  const words: string[] = [];
  const rest = text.replace(WORD, (_, quoted: string | undefined, bare: string | undefined) => {
    words.push(quoted ?? bare ?? '');
    return '';
  });
  return rest === '' ? words : undefined;
}
const WORD = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)\s*/gs;
// biome-ignore lint/suspicious/noControlCharactersInRegex: any byte may stand in a string
const BYTE_TEXT = /^[\x00-\xff]*$/;

/** A backslash before three octal digits is a byte, before another character that character. */
function unescaped(text: string): string {
  return text.replace(/\\([0-3][0-7]{2}|.)/gs, (_, what: string) =>
    what.length === 3 ? String.fromCharCode(Number.parseInt(what, 8)) : what,
  );
}

function quote(text: string): string {
  const escaped = text.replace(/["\\]|[^\x20-\x7e]/g, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `"${escaped}"`;
}
