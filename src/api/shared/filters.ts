/**
 * Filters of Describe calls: several filters must all match, one of a filter's values is enough. `*` stands for any text,
 * `?` for one character, a backslash takes their meaning away; case counts.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html
 */
import type { Filter } from '@aws-sdk/client-ec2';
import { refuse } from '../../model/refusal.ts';

type One = string | number | boolean | null | undefined;
/** What an item holds under each filter's name; several values where any of them may match. */
export type FilterFields<T> = Readonly<Record<string, (item: T) => One | readonly One[]>>;

interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

const MAX_VALUES = 200;

/** Items without tags of their own. */
export function filterItems<T>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
): readonly T[] {
  return matching(items, filters, (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined));
}

/** Resources: `tag:<key>` and `tag-key` work as well. */
export function filterResources<T extends Tagged>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
): readonly T[] {
  return matching(items, filters, (name) => {
    if (Object.hasOwn(fields, name)) return fields[name];
    if (name === 'tag-key') return (item) => Object.keys(item.tags);
    if (!name.startsWith('tag:')) return undefined;
    const key = name.slice('tag:'.length);
    return (item) => (Object.hasOwn(item.tags, key) ? item.tags[key] : undefined);
  });
}

function matching<T>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  find: (name: string) => FilterFields<T>[string] | undefined,
): readonly T[] {
  const tests = (filters ?? []).map((filter) => {
    const read = filter.Name === undefined ? undefined : find(filter.Name);
    if (read === undefined) refuse('InvalidParameterValue', `The filter '${filter.Name ?? 'null'}' is invalid`);
    if (filter.Values === undefined || filter.Values.length === 0) {
      refuse('InvalidParameterValue', `The filter '${filter.Name}' must have at least one value`);
    }
    if (filter.Values.length > MAX_VALUES) {
      refuse('FilterLimitExceeded', `The maximum number of filter values specified on a single call is ${MAX_VALUES}`);
    }
    const patterns = filter.Values.map(parsePattern);
    return (item: T) => {
      const held = read(item);
      const values = (Array.isArray(held) ? held : [held]) as readonly One[];
      return values.some((value) => {
        if (value === undefined || value === null) return false;
        const text = String(value);
        return patterns.some((pattern) => matchesPattern(text, pattern));
      });
    };
  });
  return tests.length === 0 ? items : items.filter((item) => tests.every((test) => test(item)));
}

const ANY = Symbol('*');
const ONE = Symbol('?');
type Pattern = readonly (string | typeof ANY | typeof ONE)[];

function parsePattern(text: string): Pattern {
  const pattern: (string | typeof ANY | typeof ONE)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\' && at + 1 < text.length) pattern.push(text.charAt(++at));
    else pattern.push(character === '*' ? ANY : character === '?' ? ONE : character);
  }
  return pattern;
}

/** Greedy with one point of return: linear in practice, never exponential, unlike a regular expression made of it. */
function matchesPattern(text: string, pattern: Pattern): boolean {
  let at = 0;
  let step = 0;
  let star = -1;
  let from = 0;
  while (at < text.length) {
    const wanted = pattern[step];
    if (wanted === ANY) {
      star = step++;
      from = at;
    } else if (wanted !== undefined && (wanted === ONE || wanted === text.charAt(at))) {
      at++;
      step++;
    } else if (star >= 0) {
      step = star + 1;
      at = ++from;
    } else return false;
  }
  while (pattern[step] === ANY) step++;
  return step === pattern.length;
}
