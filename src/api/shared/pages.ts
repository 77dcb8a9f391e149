/**
 * Pages of Describe calls. Without MaxResults everything is told at once, as AWS does up to its own ceiling.
 * The token names the last item told and its place, so that what is made or deleted meanwhile shifts nothing.
 */
import { refuse } from '../../model/refusal.ts';
import { invalidValue } from './input.ts';

export interface PageInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next: string | undefined;
}

export interface PageLimits {
  readonly min: number;
  readonly max: number;
  /** How the service refuses a token that it did not give out, where that is not as EC2 does. */
  readonly badToken?: () => never;
}

/** What most Describe calls of EC2 take. */
export const PAGE_LIMITS: PageLimits = { min: 5, max: 1000 };

export function page<T>(
  items: readonly T[],
  input: PageInput,
  key: (item: T) => string,
  limits: PageLimits = PAGE_LIMITS,
): Page<T> {
  const count = input.MaxResults;
  if (count !== undefined && count < limits.min) {
    invalidValue(count, 'MaxResults', `Expecting a value greater than or equal to ${limits.min}.`);
  }
  if (count !== undefined && count > limits.max) {
    invalidValue(count, 'MaxResults', `Expecting a value less than or equal to ${limits.max}.`);
  }
  const start = input.NextToken === undefined ? 0 : startOf(input.NextToken, items, key, limits.badToken);
  const end = count === undefined ? items.length : Math.min(items.length, start + count);
  const last = items[end - 1];
  const next = end < items.length && last !== undefined ? encode(`${end}:${key(last)}`) : undefined;
  return { items: items.slice(start, end), next };
}

/** Where AWS refuses ids and pages together (DescribeInstances and its like). */
export function refuseIdsWithPages(ids: readonly unknown[] | undefined, idsName: string, input: PageInput): void {
  if (ids === undefined || ids.length === 0 || input.MaxResults === undefined) return;
  refuse(
    'InvalidParameterCombination',
    `The parameter ${idsName} cannot be used with the parameter maxResults. Remove maxResults from the request and try again.`,
  );
}

function startOf<T>(
  token: string,
  items: readonly T[],
  key: (item: T) => string,
  badToken: () => never = () => refuse('InvalidNextToken', 'The specified NextToken is not valid.'),
): number {
  const parts = /^(\d{1,9}):(.*)$/s.exec(decode(token) ?? '');
  if (parts === null) return badToken();
  const place = Number(parts[1]);
  const found = items.findIndex((item) => key(item) === parts[2]);
  return found >= 0 ? found + 1 : Math.min(place, items.length);
}

function encode(text: string): string {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0')).join('');
}

function decode(token: string): string | undefined {
  if (!/^([0-9a-f]{4})+$/.test(token)) return undefined;
  return (token.match(/.{4}/g) ?? []).map((code) => String.fromCharCode(Number.parseInt(code, 16))).join('');
}
