/**
 * Filter patterns of unstructured log events: terms that all have to be there, "several words" as one, -left -out, ?any ?of ?these.
 * Patterns of JSON and of columns, and regular expressions, are refused by name.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { Refusal } from '../../../model/refusal.ts';

export type Matches = (message: string) => boolean;

export function parsePattern(pattern: string): Matches {
  const text = pattern.trim();
  if (/^[{[]/.test(text) || text.includes('%')) {
    throw new Refusal(
      'UnsupportedOperation',
      `Culvert's embedded CloudWatch Logs filters by terms only, not by the pattern '${pattern}'.`,
    );
  }
  const all: string[] = [];
  const none: string[] = [];
  const any: string[] = [];
  const term = /([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\w+))(?:\s+|$)/y;
  while (term.lastIndex < text.length) {
    const [, sign, quoted, word] = term.exec(text) ?? [];
    if (sign === undefined) throw new Refusal('InvalidParameterException', 'Invalid filter pattern');
    const list = sign === '-' ? none : sign === '?' ? any : all;
    list.push(quoted?.replace(/\\(.)/g, '$1') ?? word ?? '');
  }
  if (any.length > 0 && all.length + none.length > 0) {
    throw new Refusal(
      'UnsupportedOperation',
      "Culvert's embedded CloudWatch Logs takes terms with ? only by themselves.",
    );
  }
  return (message) =>
    all.every((each) => message.includes(each)) &&
    !none.some((each) => message.includes(each)) &&
    (any.length === 0 || any.some((each) => message.includes(each)));
}
