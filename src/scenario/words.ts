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

const NAME = /\$(?:\{([a-z]\w*)\}|([a-z]\w*)|\$)/g;

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
