/**
 * The AWS CLI's shorthand: `Key=Value,List=a,b,Struct={Inner=1},Other=[x,y]`. Texts only; types come with the shape. Pure.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
 */

export type Shorthand = string | readonly Shorthand[] | { readonly [key: string]: Shorthand };

const KEY = /[\w.:/#-]+=/y;

/** A sentence in an Error where it is not well-formed. */
export function parseShorthand(text: string): { readonly [key: string]: Shorthand } {
  let at = 0;

  function fail(what: string): never {
    throw new Error(`${what} at ${JSON.stringify(text.slice(at))} of ${text}`);
  }

  function key(): string | undefined {
    KEY.lastIndex = at;
    const found = KEY.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found?.slice(0, -1);
  }

  function pairs(end: string): { readonly [key: string]: Shorthand } {
    const result: Record<string, Shorthand> = {};
    for (;;) {
      const name = key();
      if (name === undefined) fail('a key and = are missing');
      result[name] = values();
      if ((text[at] ?? '') === end) return result;
      if (text[at] !== ',') fail(', is missing');
      at++;
    }
  }

  /** One, or several with commas in between up to the next key. */
  function values(): Shorthand {
    const found = [value()];
    for (;;) {
      const comma = at;
      if (text[at] !== ',') break;
      at++;
      if (key() !== undefined) {
        at = comma;
        break;
      }
      found.push(value());
    }
    return found.length === 1 ? (found[0] ?? '') : found;
  }

  function value(): Shorthand {
    if (text[at] === '{') {
      at++;
      const inner = pairs('}');
      at++;
      return inner;
    }
    if (text[at] === '[') {
      at++;
      const items: Shorthand[] = [];
      while (text[at] !== ']') {
        items.push(value());
        if (text[at] === ',') at++;
        else if (text[at] !== ']') fail('] is missing');
      }
      at++;
      return items;
    }
    const [whole, quoted, bare = ''] = /^(?:"((?:[^"\\]|\\.)*)"|([^,\]}]*))/.exec(text.slice(at)) ?? [''];
    at += whole.length;
    return quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1');
  }

  return pairs('');
}
