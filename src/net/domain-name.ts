/**
 * Domain names as text: lower case, without the trailing dot, '' for the root. Any byte may stand in a label; one that is no printable
 * character, or a dot, a backslash or a quotation mark there, is written \ooo, in three octal digits, as Route 53 writes it.
 * RFC 1035 §2.3.4; https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
 */

/** Octets of a label, and of a name on the wire: each label with its length, and the root's. */
const MAX_LABEL = 63;
const MAX_NAME = 255;
/** Nearly all names. */
const PLAIN_NAME = /^[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*$/;
const CHARACTER = /\\([0-3][0-7]{2})|\\|[^\\]/gsu;
/** What would end a label, an escape or a string. */
const ENDING = '.\\"';

export type NameFault =
  | { readonly kind: 'empty' | 'long' }
  | { readonly kind: 'longLabel'; readonly label: string }
  | { readonly kind: 'character'; readonly character: string };

/** Of text in any case, with its last dot or without, in which a byte that needs no escape may have one. */
export function readName(text: string): { readonly name: string } | { readonly fault: NameFault } {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (PLAIN_NAME.test(name)) return measured(name);
  let read = '';
  for (const [whole, octal] of name.matchAll(CHARACTER)) {
    const code = octal === undefined ? whole.charCodeAt(0) : Number.parseInt(octal, 8);
    if (octal === undefined && (whole === '\\' || !isPrintable(code))) {
      return { fault: { kind: 'character', character: whole } };
    }
    read += whole === '.' ? whole : spellByte(code).toLowerCase();
  }
  return measured(read);
}

function measured(name: string): ReturnType<typeof readName> {
  let size = 1;
  for (const label of name.split('.')) {
    const octets = name.includes('\\') ? labelBytes(label).length : label.length;
    if (octets === 0) return { fault: { kind: 'empty' } };
    if (octets > MAX_LABEL) return { fault: { kind: 'longLabel', label } };
    size += 1 + octets;
  }
  return size > MAX_NAME ? { fault: { kind: 'long' } } : { name };
}

/** Whether it is one, in the one text that it has. The root is none. */
export function isName(text: string): boolean {
  const read = readName(text);
  return 'name' in read && read.name === text;
}

/** How a byte is written in a label. */
export function spellByte(code: number): string {
  const character = String.fromCharCode(code);
  return isPrintable(code) && !ENDING.includes(character) ? character : `\\${code.toString(8).padStart(3, '0')}`;
}

/** A label's bytes, one character each. */
export function labelBytes(label: string): string {
  return label.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function isPrintable(code: number): boolean {
  return code > 32 && code < 127;
}
