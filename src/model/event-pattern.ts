/**
 * Event patterns: whether an event is one that a rule asks for. A pattern is an object as the event is one; at its leaves stand lists of
 * values and comparisons, one of which must be so. Pure. What a value costs hardly grows with what it is compared with.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { groupTest, isObject, PatternFault, type Test, TOO_COMPLEX } from './event-pattern-groups.ts';
import type { EventRule } from './resources.ts';

export interface EventPattern {
  matches(event: object): boolean;
  /** How many it has, each of which is held against each value by itself. */
  readonly wildcards: number;
}

type Json = Readonly<Record<string, unknown>>;

const DEEPEST = 100;
/** AWS bounds what all of a rule's may take together, and says neither how nor how much. */
const MOST_WILDCARDS = 32;

/** What is known of the whole pattern while it is read. */
interface Reading {
  wildcards: number;
}

/** Throws a PatternFault. */
export function parsePattern(text: string): EventPattern {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new PatternFault('Filter is not valid JSON');
  }
  if (!isObject(given)) throw new PatternFault('Filter is not an object');
  const reading = { wildcards: 0 };
  return { matches: objectTest(given, 0, reading), wildcards: reading.wildcards };
}

/** Of rules as they are now; a changed one is another object. */
const patterns = new WeakMap<EventRule, EventPattern>();
const NONE: EventPattern = { matches: () => false, wildcards: 0 };

/** What was put when more was a pattern than is now matches nothing: its fault is nobody's who tells an event. */
export function patternOf(rule: EventRule): EventPattern {
  let pattern = patterns.get(rule);
  if (pattern !== undefined) return pattern;
  try {
    pattern = parsePattern(rule.pattern);
  } catch (error) {
    if (!(error instanceof PatternFault)) throw error;
    pattern = NONE;
  }
  patterns.set(rule, pattern);
  return pattern;
}

function objectTest(pattern: Json, depth: number, reading: Reading): Test {
  if (depth > DEEPEST) throw new PatternFault('Filter is nested too deeply');
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw new PatternFault('Empty objects are not allowed');
  const tests = fields.map(([name, wanted]): ((event: Json) => boolean) => {
    if (name === '$or') {
      const ways = alternatives(wanted, depth, reading);
      return (event) => ways.some((way) => way(event));
    }
    const test = fieldTest(name, wanted, depth, reading);
    return (event) => test(Object.hasOwn(event, name) ? event[name] : undefined);
  });
  const one = (value: unknown) => tests.every((test) => test(isObject(value) ? value : {}));
  // Of several objects one must be it in all fields.
  return (value) => (Array.isArray(value) && value.length > 0 ? value.some(one) : one(value));
}

function alternatives(wanted: unknown, depth: number, reading: Reading): Test[] {
  if (!Array.isArray(wanted) || wanted.length < 2 || !wanted.every(isObject)) {
    throw new PatternFault('$or must be an array of two objects or more');
  }
  return wanted.map((each) => objectTest(each, depth + 1, reading));
}

function fieldTest(name: string, wanted: unknown, depth: number, reading: Reading): Test {
  if (isObject(wanted)) return objectTest(wanted, depth + 1, reading);
  if (!Array.isArray(wanted)) throw new PatternFault(`"${name}" must be an object or an array`);
  if (wanted.length === 0) throw new PatternFault('Empty arrays are not allowed');
  const constants = new Set<unknown>(wanted.filter((each) => !isObject(each) && !Array.isArray(each)));
  const tests = comparisons(
    wanted.filter((each) => !constants.has(each)),
    reading,
  );
  return (value) => {
    const values = leavesOf(value);
    return values.some((each) => constants.has(each)) || tests.some((test) => values.some(test));
  };
}

/** Of arrays, which do not change: many patterns ask for the same. */
const leaves = new WeakMap<readonly unknown[], readonly unknown[]>();

/** An object is no value, and what is there twice is there. What is not there, or holds no value, is `undefined`. */
function leavesOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [isObject(value) ? undefined : value];
  const known = leaves.get(value);
  if (known !== undefined) return known;
  const distinct = new Set(value.filter((each) => !isObject(each) && !Array.isArray(each)));
  const found = distinct.size === 0 ? [undefined] : [...distinct];
  leaves.set(value, found);
  return found;
}

/** One test for each operator, of what is compared by it; the same twice is once. */
function comparisons(wanted: readonly unknown[], reading: Reading): Test[] {
  const operands = new Map<string, Map<string, unknown>>();
  for (const each of wanted) {
    if (!isObject(each)) throw new PatternFault('Match value must be String, number, true, false, or null');
    const [entry, ...more] = Object.entries(each);
    if (entry === undefined || more.length > 0) throw new PatternFault('Only one key allowed in match expression');
    const [operator, operand] = entry;
    reading.wildcards += wildcardsIn(operator, operand);
    const of = operands.get(operator) ?? new Map<string, unknown>();
    operands.set(operator, of.set(JSON.stringify(operand), operand));
  }
  if (reading.wildcards > MOST_WILDCARDS) throw new PatternFault(TOO_COMPLEX);
  return [...operands].map(([operator, of]) => groupTest(operator, [...of.values()]));
}

function wildcardsIn(operator: string, operand: unknown): number {
  if (operator === 'wildcard') return 1;
  if (operator !== 'anything-but' || !isObject(operand) || !Object.hasOwn(operand, 'wildcard')) return 0;
  return [operand.wildcard].flat().length;
}
