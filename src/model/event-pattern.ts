/**
 * Event patterns: whether an event is one that a rule asks for. A pattern is an object as the event is one; at its leaves stand lists of
 * values and comparisons, one of which must be so. Pure. Each comparison costs at most what its own text and the value are long.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { cidrContains, parseCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';

export interface EventPattern {
  matches(event: object): boolean;
}

type Json = Readonly<Record<string, unknown>>;
/** `undefined`: the field is not there. */
type Test = (value: unknown) => boolean;

/** Why a text is no pattern, in AWS's words as far as they are known. */
export class PatternFault extends Error {}

const DEEPEST = 100;

/** Throws a PatternFault. */
export function parsePattern(text: string): EventPattern {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new PatternFault('Filter is not valid JSON');
  }
  if (!isObject(given)) throw new PatternFault('Filter is not an object');
  return { matches: objectTest(given, 0) };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectTest(pattern: Json, depth: number): Test {
  if (depth > DEEPEST) throw new PatternFault('Filter is nested too deeply');
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw new PatternFault('Empty objects are not allowed');
  const tests = fields.map(([name, wanted]): ((event: Json) => boolean) => {
    if (name === '$or') {
      const ways = alternatives(wanted, depth);
      return (event) => ways.some((way) => way(event));
    }
    const test = fieldTest(name, wanted, depth);
    return (event) => test(Object.hasOwn(event, name) ? event[name] : undefined);
  });
  const one = (value: unknown) => tests.every((test) => test(isObject(value) ? value : {}));
  // Of several objects one must be it in all fields.
  return (value) => (Array.isArray(value) && value.length > 0 ? value.some(one) : one(value));
}

function alternatives(wanted: unknown, depth: number): Test[] {
  if (!Array.isArray(wanted) || wanted.length < 2 || !wanted.every(isObject)) {
    throw new PatternFault('$or must be an array of two objects or more');
  }
  return wanted.map((each) => objectTest(each, depth + 1));
}

function fieldTest(name: string, wanted: unknown, depth: number): Test {
  if (isObject(wanted)) return objectTest(wanted, depth + 1);
  if (!Array.isArray(wanted)) throw new PatternFault(`"${name}" must be an object or an array`);
  if (wanted.length === 0) throw new PatternFault('Empty arrays are not allowed');
  const constants = new Set<unknown>(wanted.filter((each) => !isObject(each) && !Array.isArray(each)));
  const tests = wanted.filter((each) => !constants.has(each)).map(comparison);
  return (value) => {
    const values = leavesOf(value);
    return values.some((each) => constants.has(each)) || tests.some((test) => values.some(test));
  };
}

/** An object is no value. What is not there, or holds no value, is `undefined`. */
function leavesOf(value: unknown): readonly unknown[] {
  const leaves = (Array.isArray(value) ? value : [value]).filter((each) => !isObject(each) && !Array.isArray(each));
  return leaves.length === 0 ? [undefined] : leaves;
}

function comparison(wanted: unknown): Test {
  if (!isObject(wanted)) throw new PatternFault('Match value must be String, number, true, false, or null');
  const [entry, ...more] = Object.entries(wanted);
  if (entry === undefined || more.length > 0) throw new PatternFault('Only one key allowed in match expression');
  const [operator, operand] = entry;
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw new PatternFault('exists match pattern must be either true or false.');
    return (value) => (value !== undefined) === operand;
  }
  if (operator === 'anything-but') return anythingBut(operand);
  if (operator === 'numeric') return numericTest(operand);
  if (operator === 'cidr') return cidrTest(operand);
  const make = Object.hasOwn(TEXT_TESTS, operator) ? TEXT_TESTS[operator] : undefined;
  if (make === undefined) throw new PatternFault(`Unrecognized match type ${operator}`);
  return onText(make(operand));
}

type TextTest = (text: string) => boolean;

const onText =
  (test: TextTest): Test =>
  (value) =>
    typeof value === 'string' && test(value);

const TEXT_TESTS: Readonly<Record<string, (operand: unknown) => TextTest>> = {
  prefix: (operand) => endTest('prefix', operand, (text, part) => text.startsWith(part)),
  suffix: (operand) => endTest('suffix', operand, (text, part) => text.endsWith(part)),
  'equals-ignore-case': (operand) => {
    const wanted = textOf('equals-ignore-case', operand).toLowerCase();
    return (text) => text.toLowerCase() === wanted;
  },
  wildcard: (operand) => wildcardTest(textOf('wildcard', operand)),
};

function textOf(operator: string, operand: unknown): string {
  if (typeof operand !== 'string') throw new PatternFault(`${operator} match pattern must be a string`);
  return operand;
}

function endTest(operator: string, operand: unknown, test: (text: string, part: string) => boolean): TextTest {
  if (!isObject(operand)) {
    const part = textOf(operator, operand);
    return (text) => test(text, part);
  }
  const { 'equals-ignore-case': ignored, ...others } = operand;
  if (Object.keys(others).length > 0) throw new PatternFault('Only one key allowed in match expression');
  const part = textOf('equals-ignore-case', ignored).toLowerCase();
  return (text) => test(text.toLowerCase(), part);
}

/** `*` is any text, `\*` a star. The parts between stars are looked for one after the other: no backtracking. */
function wildcardTest(pattern: string): TextTest {
  const parts = [''];
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at] as string;
    if (letter === '\\') {
      const next = pattern[++at];
      if (next !== '*' && next !== '\\') throw new PatternFault(`Invalid escape character at pos ${at}`);
      parts.push(`${parts.pop()}${next}`);
    } else if (letter !== '*') parts.push(`${parts.pop()}${letter}`);
    else if (pattern[at + 1] === '*') {
      throw new PatternFault(`Consecutive wildcard characters at pos ${at}`);
    } else parts.push('');
  }
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

/** The field must be there. Of several values it is enough that one is another. */
function anythingBut(operand: unknown): Test {
  if (isObject(operand)) {
    const [entry, ...more] = Object.entries(operand);
    const make = entry && Object.hasOwn(TEXT_TESTS, entry[0]) ? TEXT_TESTS[entry[0]] : undefined;
    if (entry === undefined || make === undefined || more.length > 0) {
      throw new PatternFault(`Unsupported anything-but pattern: ${entry?.[0] ?? ''}`);
    }
    const [, given] = entry;
    const tests = (Array.isArray(given) ? given : [given]).map((each) => make(each));
    if (tests.length === 0) throw new PatternFault('Empty arrays are not allowed');
    return (value) => value !== undefined && !(typeof value === 'string' && tests.some((test) => test(value)));
  }
  const listed = Array.isArray(operand) ? operand : [operand];
  if (listed.length === 0) throw new PatternFault('Empty arrays are not allowed');
  if (!listed.every((each) => typeof each === 'string' || typeof each === 'number')) {
    throw new PatternFault('Inside anything but list, number|start|null|boolean is not supported.');
  }
  const others = new Set<unknown>(listed);
  return (value) => value !== undefined && !others.has(value);
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function numericTest(operand: unknown): Test {
  if (!Array.isArray(operand) || ![2, 4].includes(operand.length)) {
    throw new PatternFault('Value of numeric must be an array of one comparison or two.');
  }
  const tests = Array.from({ length: operand.length / 2 }, (_, at): ((value: number) => boolean) => {
    const [operator, bound] = operand.slice(2 * at, 2 * at + 2) as readonly unknown[];
    const compare = typeof operator === 'string' && Object.hasOwn(COMPARISONS, operator) && COMPARISONS[operator];
    if (!compare) throw new PatternFault(`Unrecognized numeric range operator: ${operator}`);
    if (typeof bound !== 'number') throw new PatternFault('Value of numeric comparison must be a number');
    return (value) => compare(value, bound);
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function cidrTest(operand: unknown): Test {
  const block = parseCidr(textOf('cidr', operand));
  if (block === undefined) throw new PatternFault(`Malformed CIDR, ${operand}`);
  return onText((text) => {
    const ip = parseIp(text);
    return ip !== undefined && cidrContains(block, ip);
  });
}
