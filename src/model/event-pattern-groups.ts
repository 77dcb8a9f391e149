/**
 * Comparisons of one kind, all that stand at one place of an event pattern, as one test: what a value costs grows with the logarithm of
 * their number at most, wildcards apart. Pure; says nothing of where the value stands (event-pattern.ts).
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { type Cidr, cidrContains, cidrCovers, parseCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';
import { partition } from '../net/partition.ts';

/** Why a text is no pattern, in AWS's words as far as they are known. */
export class PatternFault extends Error {}

export const TOO_COMPLEX =
  'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character';

/** Of what stands between two stars: what is longer the engine may look for in the product of both lengths. */
const MOST_BETWEEN = 250;

type Json = Readonly<Record<string, unknown>>;
/** `undefined`: the field is not there. */
export type Test = (value: unknown) => boolean;

type TextTest = (text: string) => boolean;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether one of the comparisons `{operator: operand}` is met. Throws a PatternFault. */
export function groupTest(operator: string, operands: readonly unknown[]): Test {
  const make = Object.hasOwn(GROUPS, operator) ? GROUPS[operator] : undefined;
  if (make === undefined) throw new PatternFault(`Unrecognized match type ${operator}`);
  return make(operands);
}

const TEXT_TESTS: Readonly<Record<string, (operands: readonly unknown[]) => TextTest>> = {
  prefix: (operands) => endTest('prefix', operands, (text) => text),
  suffix: (operands) => endTest('suffix', operands, reversed),
  'equals-ignore-case': (operands) => {
    const wanted = new Set(operands.map((each) => textOf('equals-ignore-case', each).toLowerCase()));
    return (text) => wanted.has(text.toLowerCase());
  },
  wildcard: (operands) => {
    const tests = operands.map((each) => wildcardTest(textOf('wildcard', each)));
    return (text) => tests.some((test) => test(text));
  },
};

const GROUPS: Readonly<Record<string, (operands: readonly unknown[]) => Test>> = {
  ...Object.fromEntries(
    Object.entries(TEXT_TESTS).map(([operator, make]) => [operator, (operands) => onText(make(operands))] as const),
  ),
  exists(operands) {
    if (!operands.every((each) => typeof each === 'boolean')) {
      throw new PatternFault('exists match pattern must be either true or false.');
    }
    return (value) => operands.includes(value !== undefined);
  },
  /** The field must be there. Of several values it is enough that one is another. */
  'anything-but': (operands) => {
    const tests = operands.map(otherThan);
    return (value) => value !== undefined && tests.some((test) => test(value));
  },
  numeric: numericTest,
  cidr: cidrTest,
};

function onText(test: TextTest): Test {
  return (value) => typeof value === 'string' && test(value);
}

function textOf(operator: string, operand: unknown): string {
  if (typeof operand !== 'string') throw new PatternFault(`${operator} match pattern must be a string`);
  return operand;
}

function reversed(text: string): string {
  return text.split('').reverse().join('');
}

/** `turn`: makes the end that is asked for the beginning. */
function endTest(operator: string, operands: readonly unknown[], turn: (text: string) => string): TextTest {
  const exact: string[] = [];
  const lower: string[] = [];
  for (const operand of operands) {
    if (!isObject(operand)) exact.push(turn(textOf(operator, operand)));
    else {
      const { 'equals-ignore-case': ignored, ...others } = operand;
      if (Object.keys(others).length > 0) throw new PatternFault('Only one key allowed in match expression');
      lower.push(turn(textOf('equals-ignore-case', ignored).toLowerCase()));
    }
  }
  const [isExact, isLower] = [beginsWithOne(exact), beginsWithOne(lower)];
  return (text) => (exact.length > 0 && isExact(turn(text))) || (lower.length > 0 && isLower(turn(text.toLowerCase())));
}

/**
 * Of parts none of which begins with another, only the last one that does not come after the text in order can be its beginning:
 * whatever stands between a beginning and the text begins with that beginning itself.
 */
function beginsWithOne(parts: readonly string[]): TextTest {
  const kept: string[] = [];
  for (const part of [...parts].sort()) {
    const before = kept.at(-1);
    if (before === undefined || !part.startsWith(before)) kept.push(part);
  }
  return (text) => {
    const part = lastOf(kept, (each) => each <= text);
    return part !== undefined && text.startsWith(part);
  };
}

/** The last for which `holds`, of a list that begins with those for which it does. */
function lastOf<T>(sorted: readonly T[], holds: (item: T) => boolean): T | undefined {
  return sorted[partition(sorted.length, (at) => holds(sorted[at] as T)) - 1];
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
  if (rest.some((part) => part.length > MOST_BETWEEN)) throw new PatternFault(TOO_COMPLEX);
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

function otherThan(operand: unknown): Test {
  if (isObject(operand)) {
    const [entry, ...more] = Object.entries(operand);
    const make = entry && Object.hasOwn(TEXT_TESTS, entry[0]) ? TEXT_TESTS[entry[0]] : undefined;
    if (entry === undefined || make === undefined || more.length > 0) {
      throw new PatternFault(`Unsupported anything-but pattern: ${entry?.[0] ?? ''}`);
    }
    const [, given] = entry;
    const listed = Array.isArray(given) ? given : [given];
    if (listed.length === 0) throw new PatternFault('Empty arrays are not allowed');
    const isOne = onText(make(listed));
    return (value) => !isOne(value);
  }
  const listed = Array.isArray(operand) ? operand : [operand];
  if (listed.length === 0) throw new PatternFault('Empty arrays are not allowed');
  if (!listed.every((each) => typeof each === 'string' || typeof each === 'number')) {
    throw new PatternFault('Inside anything but list, number|start|null|boolean is not supported.');
  }
  const others = new Set<unknown>(listed);
  return (value) => !others.has(value);
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** All numbers between two bounds that follow each other are alike: what is so of one of them, and of each bound, is found out once. */
function numericTest(operands: readonly unknown[]): Test {
  const found = new Set<number>();
  const tests = operands.map((operand) => rangeTest(operand, found));
  const isIn = (value: number) => tests.some((test) => test(value));
  const bounds = [...found].sort((a, b) => a - b);
  const atBound = new Map(bounds.map((bound) => [bound, isIn(bound)]));
  const behind = new Map(
    bounds.map((bound, at) => {
      const next = bounds[at + 1];
      return [bound, isIn(next === undefined ? Infinity : bound / 2 + next / 2)];
    }),
  );
  const beforeAll = isIn(-Infinity);
  return (value) => {
    if (typeof value !== 'number') return false;
    const bound = lastOf(bounds, (each) => each <= value);
    return bound === undefined ? beforeAll : ((bound === value ? atBound : behind).get(bound) ?? false);
  };
}

/** Adds its bounds to those found. */
function rangeTest(operand: unknown, found: Set<number>): (value: number) => boolean {
  if (!Array.isArray(operand) || ![2, 4].includes(operand.length)) {
    throw new PatternFault('Value of numeric must be an array of one comparison or two.');
  }
  const tests = Array.from({ length: operand.length / 2 }, (_, at): ((value: number) => boolean) => {
    const [operator, bound] = operand.slice(2 * at, 2 * at + 2) as readonly unknown[];
    const compare = typeof operator === 'string' && Object.hasOwn(COMPARISONS, operator) && COMPARISONS[operator];
    if (!compare) throw new PatternFault(`Unrecognized numeric range operator: ${operator}`);
    if (typeof bound !== 'number' || !Number.isFinite(bound))
      throw new PatternFault('Value of numeric comparison must be a number');
    found.add(bound);
    return (value) => compare(value, bound);
  });
  return (value) => tests.every((test) => test(value));
}

/** Of two blocks one is in the other or they have nothing in common: without the inner ones only the last that begins before an address can have it. */
function cidrTest(operands: readonly unknown[]): Test {
  const blocks = operands.map((operand) => {
    const block = parseCidr(textOf('cidr', operand));
    if (block === undefined) throw new PatternFault(`Malformed CIDR, ${operand}`);
    return block;
  });
  const kept: Record<4 | 6, Cidr[]> = { 4: [], 6: [] };
  for (const block of blocks.sort((a, b) => (a.first === b.first ? a.prefix - b.prefix : a.first < b.first ? -1 : 1))) {
    const before = kept[block.version].at(-1);
    if (before === undefined || !cidrCovers(before, block)) kept[block.version].push(block);
  }
  return onText((text) => {
    const ip = parseIp(text);
    const block = ip && lastOf(kept[ip.version], ({ first }) => first <= ip.value);
    return ip !== undefined && block !== undefined && cidrContains(block, ip);
  });
}
