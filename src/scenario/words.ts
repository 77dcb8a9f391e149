/** A command line cut into words as a shell would: blanks, quotes and backslashes, nothing else. Pure. */
import type { Word } from './syntax.ts';

/** A sentence where it is not well-formed. */
export function splitWords(text: string): readonly Word[] | string {
  const words: Word[] = [];
  let word: string | undefined;
  let literal = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === ' ') {
      if (word !== undefined) words.push({ text: word, literal });
      word = undefined;
      literal = false;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return 'a single quote is not closed';
      word = (word ?? '') + text.slice(at + 1, end);
      literal = true;
      at = end;
    } else if (char === '"') {
      word ??= '';
      for (at++; text[at] !== '"'; at++) {
        if (at >= text.length) return 'a double quote is not closed';
        if (text[at] === '\\' && /["\\$]/.test(text[at + 1] ?? '')) at++;
        word += text[at];
      }
    } else if (char === '\\') {
      word = (word ?? '') + (text[++at] ?? '');
    } else if (/[|&;<>`]/.test(char)) {
      return `${char} is a shell's: a step is one command`;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== undefined) words.push({ text: word, literal });
  return words;
}

const NAME = /\$(?:\{([A-Za-z_]\w*)\}|([a-z]\w*)|\$)/g;

/** Fills in $name and ${name}; `$$` is a dollar. Throws what `unknown` makes of a name that stands for nothing. */
export function fillIn(text: string, names: ReadonlyMap<string, string>, unknown: (name: string) => Error): string {
  return text.replace(NAME, (whole, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare;
    if (name === undefined) return '$';
    const value = names.get(name);
    if (value === undefined) throw unknown(`${whole} was not given a value before`);
    return value;
  });
}

/** Shorter ones stand for themselves in too many places. */
const LEAST_VALUE = 7;

/** The other way round, for what is written into a scenario: values that have a name become it. */
export function takeNames(text: string, names: ReadonlyMap<string, string>): string {
  const known = [...names].filter(([, value]) => value.length >= LEAST_VALUE);
  known.sort(([, a], [, b]) => b.length - a.length);
  return known.reduce(
    (done, [name, value]) => {
      const parts = done.split(value);
      return parts
        .slice(1)
        .reduce((all, part) => all + (/^\w/.test(part) ? `\${${name}}` : `$${name}`) + part, parts[0] ?? '');
    },
    text.replaceAll('$', '$$$$'),
  );
}
