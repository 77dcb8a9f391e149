/**
 * Policies as lines of text: "nothing in vpc-a reaches the internet". Strict: what is not understood is an error with its line, so
 * that no policy is taken for held because it was misspelt. docs/assert.md is the language for its writers. Pure.
 */
import { LAST_PORT } from './asks.ts';

export interface Assertion {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
  /** never: no way there may be. always: each sender has a way to each receiver. */
  readonly mode: 'never' | 'always';
  /** null: whoever can send, and the internet. */
  readonly from: readonly Noun[] | null;
  readonly to: readonly Noun[];
  /** null: all there are; only where the mode is never. */
  readonly ports: readonly Ports[] | null;
  /** Only ways that pass one of these count; null: all do. */
  readonly through: readonly Noun[] | null;
  /** Who, or what on the way, does not count. */
  readonly except: readonly Noun[];
}

/** Somebody or something by a word. `kind`: the word that was put before it. */
export interface Noun {
  readonly kind: Kind | null;
  readonly word: string;
}

export type Kind = (typeof KINDS)[number];

const KINDS = ['vpc', 'subnet', 'group', 'instance', 'interface', 'endpoint'] as const;

export interface Ports {
  readonly protocol: '6' | '17' | '1';
  /** Of a ping all. */
  readonly from: number;
  readonly to: number;
}

export const INTERNET_NOUN: Noun = { kind: null, word: 'internet' };
/** What comes by whatever endpoint. */
export const ENDPOINT_TRAFFIC: Noun = { kind: null, word: 'endpoint traffic' };

export class AssertionFault extends Error {
  readonly line: number;
  constructor(line: number, sentence: string) {
    super(sentence);
    this.line = line;
  }
}

interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
}

const PARTS = ['on', 'through', 'except'] as const;
type Part = (typeof PARTS)[number];

/** Throws an AssertionFault. */
export function parseAssertions(text: string): readonly Assertion[] {
  const found = text.split('\n').flatMap((each, at) => {
    const tokens = tokensOf(at + 1, each);
    return tokens.length === 0 ? [] : [parseLine(at + 1, each.replace(/\s*#.*$/, '').trim(), tokens)];
  });
  if (found.length === 0) throw new AssertionFault(1, 'nothing is asserted here');
  return found;
}

function tokensOf(line: number, text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [whole, quoted, comma, bare] of text.matchAll(/"([^"]*)"|(,)|#.*|([^\s",]+)|"/g)) {
    if (whole.startsWith('#')) break;
    if (whole === '"') throw new AssertionFault(line, 'a quote is not closed');
    tokens.push({ text: quoted ?? comma ?? bare ?? '', isQuoted: quoted !== undefined });
  }
  return tokens;
}

function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token !== undefined && !token.isQuoted && words.includes(token.text);
}

function parseLine(line: number, text: string, tokens: readonly Token[]): Assertion {
  const verb = tokens.findIndex((token) => isWord(token, 'reaches', 'reach'));
  if (verb < 0) throw new AssertionFault(line, 'somebody "reaches" somebody: the word is missing');
  const subject = tokens.slice(0, verb);
  const [object, parts] = partsOf(line, tokens.slice(verb + 1));
  const to = nounsOf(line, object, 'who is reached');
  const ports = parts.on === undefined ? null : portsOf(line, parts.on);
  const through = parts.through === undefined ? null : nounsOf(line, parts.through, 'through whom');
  const except = parts.except === undefined ? [] : nounsOf(line, parts.except, 'who is excepted');
  const rest = { line, text, to, ports, through };
  const [first, second] = subject;
  if (isWord(first, 'nothing', 'nobody')) {
    if (subject.length === 1) return { ...rest, mode: 'never', from: null, except };
    if (!isWord(second, 'in', 'of'))
      throw new AssertionFault(line, `"${first?.text} in" somewhere, not: ${second?.text}`);
    return { ...rest, mode: 'never', from: nounsOf(line, subject.slice(2), 'in what'), except };
  }
  if (isWord(first, 'only')) {
    if (except.length > 0) throw new AssertionFault(line, '"only" says already who is excepted');
    return { ...rest, mode: 'never', from: null, except: nounsOf(line, subject.slice(1), 'only who') };
  }
  const isAll = isWord(first, 'everything') && isWord(second, 'in', 'of');
  const from = nounsOf(line, subject.slice(isAll ? 2 : 0), 'who reaches it');
  if (ports === null) throw new AssertionFault(line, 'on which port? on 443, on udp/53, on ping');
  return { ...rest, mode: 'always', from, except };
}

function partsOf(
  line: number,
  tokens: readonly Token[],
): readonly [readonly Token[], Readonly<Partial<Record<Part, readonly Token[]>>>] {
  const at = tokens.findIndex((token) => isWord(token, ...PARTS));
  if (at < 0) return [tokens, {}];
  const parts: Partial<Record<Part, readonly Token[]>> = {};
  for (let start = at; start < tokens.length; ) {
    const name = tokens[start]?.text as Part;
    const next = tokens.findIndex((token, index) => index > start && isWord(token, ...PARTS));
    const end = next < 0 ? tokens.length : next;
    if (parts[name] !== undefined) throw new AssertionFault(line, `"${name}" is there twice`);
    parts[name] = tokens.slice(start + 1, end);
    start = end;
  }
  return [tokens.slice(0, at), parts];
}

/** Between commas, "and", "or". */
function listOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const items: Token[][] = [[]];
  for (const token of tokens) {
    if (isWord(token, ',', 'and', 'or')) items.push([]);
    else items.at(-1)?.push(token);
  }
  return items;
}

function nounsOf(line: number, tokens: readonly Token[], missing: string): readonly Noun[] {
  return listOf(tokens).map((item) => {
    const [first, second, third] = item;
    if (first === undefined) throw new AssertionFault(line, `it is missing ${missing}`);
    const words = item.map(({ text }) => text).join(' ');
    if (isWord(first, 'internet') || (isWord(first, 'the') && isWord(second, 'internet') && third === undefined)) {
      return INTERNET_NOUN;
    }
    if (words === ENDPOINT_TRAFFIC.word && !first.isQuoted) return ENDPOINT_TRAFFIC;
    if (second === undefined) return { kind: null, word: first.text };
    if (third === undefined && isWord(first, ...KINDS)) return { kind: first.text as Kind, word: second.text };
    throw new AssertionFault(line, `this is nobody: ${words} (a name with blanks stands in quotes)`);
  });
}

function portsOf(line: number, tokens: readonly Token[]): readonly Ports[] {
  return listOf(tokens).map((item) => {
    const text = item.map((token) => token.text).join(' ');
    if (text === 'ping') return { protocol: '1', from: 0, to: 0 };
    const [, name = 'tcp', first, last = first] =
      /^(?:(tcp|udp)(?:\/(?=\d)|$))?(?:(\d{1,5})(?:-(\d{1,5}))?)?$/.exec(text) ?? [];
    const protocol = name === 'tcp' ? '6' : '17';
    if (text === name) return { protocol, from: 1, to: LAST_PORT };
    const [from, to] = [Number(first), Number(last)];
    if (!(from >= 1 && from <= to && to <= LAST_PORT)) {
      throw new AssertionFault(line, `this is no port: ${text} (443, tcp/443, udp/53, tcp/8000-8080, udp, ping)`);
    }
    return { protocol, from, to };
  });
}
