/**
 * Condition operators of IAM policies. A key that the request does not have fails a positive operator and passes a negated
 * one; `…IfExists` passes without the key; `Null` asks for its absence.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { cidrContains, parseCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';
import { matchesPattern } from './pattern.ts';

/** Keys in lower case: IAM does not tell their capitals apart. */
export type RequestContext = Readonly<Record<string, readonly string[]>>;

type Test = (actual: string, wanted: string) => boolean;

const numeric =
  (test: (a: number, b: number) => boolean): Test =>
  (actual, wanted) => {
    const [a, b] = [Number(actual), Number(wanted)];
    return !Number.isNaN(a) && !Number.isNaN(b) && test(a, b);
  };
const date =
  (test: (a: number, b: number) => boolean): Test =>
  (actual, wanted) => {
    const [a, b] = [timeOf(actual), timeOf(wanted)];
    return !Number.isNaN(a) && !Number.isNaN(b) && test(a, b);
  };

function timeOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

const arnLike: Test = (actual, wanted) => {
  const split = (arn: string): string[] => {
    const parts = arn.split(':');
    return [...parts.slice(0, 5), parts.slice(5).join(':')];
  };
  const [a, b] = [split(actual), split(wanted)];
  return a.every((part, index) => matchesPattern(b[index] ?? '', part));
};

/** An address alone is a block of one. */
const ipAddress: Test = (actual, wanted) => {
  const ip = parseIp(actual);
  const block = parseCidr(wanted.includes('/') ? wanted : `${wanted}/${wanted.includes(':') ? 128 : 32}`);
  return ip !== undefined && block !== undefined && cidrContains(block, ip);
};

/** Positive operators; the negated ones are their opposites. */
const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => matchesPattern(wanted, actual),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  IpAddress: ipAddress,
  NumericEquals: numeric((a, b) => a === b),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: date((a, b) => a === b),
  DateLessThan: date((a, b) => a < b),
  DateLessThanEquals: date((a, b) => a <= b),
  DateGreaterThan: date((a, b) => a > b),
  DateGreaterThanEquals: date((a, b) => a >= b),
};

const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NotIpAddress: 'IpAddress',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
};

interface Operator {
  readonly base: string;
  readonly negated: boolean;
  readonly ifExists: boolean;
  readonly set: 'ForAllValues' | 'ForAnyValue' | null;
}

function operatorOf(text: string): Operator | null {
  const [, set, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(text) ?? [];
  const base = NEGATED[name] ?? name;
  if (TESTS[base] === undefined && !(name === 'Null' && ifExists === undefined)) return null;
  return { base, negated: name in NEGATED, ifExists: ifExists !== undefined, set: (set as Operator['set']) ?? null };
}

/** Binary values cannot be asked for: no key of ours has one. */
export function isConditionOperator(text: string): boolean {
  return operatorOf(text) !== null;
}

export function conditionHolds(text: string, key: string, wanted: readonly string[], request: RequestContext): boolean {
  const operator = operatorOf(text);
  if (operator === null) throw new Error(`a document was kept with the condition operator ${text}`);
  const actual = request[key.toLowerCase()] ?? [];
  if (operator.base === 'Null')
    return wanted.some((value) => (value.toLowerCase() === 'true') === (actual.length === 0));
  if (actual.length === 0) {
    // Of no value, none fulfils and each fulfils, whatever is asked of it.
    return operator.ifExists || (operator.set === null ? operator.negated : operator.set === 'ForAllValues');
  }
  const test = TESTS[operator.base];
  const passes = (value: string): boolean => wanted.some((each) => test?.(value, each) ?? false) !== operator.negated;
  return operator.set === 'ForAnyValue' ? actual.some(passes) : actual.every(passes);
}
