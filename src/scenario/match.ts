/** Whether a call's output is as expected: paths into it, values of it. Pure. */
import type { ExpectedOutput } from './syntax.ts';

const STEP = /^\.?(?:([A-Za-z0-9_-]+)|\[(\d+)\]|\[(\*)\]|\[([\w.-]+)=([^\]]*)\])/;

/** `A.B[0].C`; `[*]`: of each element, as a list; `[Key=Name]`: the first element of which that is so. Undefined: not there. */
export function lookUp(output: unknown, path: string): unknown {
  if (path === '' || output === undefined || output === null) return output;
  const step = STEP.exec(path);
  if (step === null) throw new Error(`this is no path: ${path}`);
  const [whole, member, index, every, key, wanted] = step;
  const rest = path.slice(whole.length);
  if (member !== undefined) return lookUp((output as Readonly<Record<string, unknown>>)[member], rest);
  const list = Array.isArray(output) ? output : [];
  if (index !== undefined) return lookUp(list[Number(index)], rest);
  if (every !== undefined) return list.map((item) => lookUp(item, rest));
  return lookUp(
    list.find((item) => shown(lookUp(item, key ?? '')) === wanted),
    rest,
  );
}

/** Whether `actual` is what an expectation says, its `value` being filled in. */
export function isAsExpected(actual: unknown, verb: ExpectedOutput['verb'], value: string): boolean {
  if (verb === 'is') return holds(actual, value);
  const found = Array.isArray(actual) && actual.some((item) => holds(item, value));
  return verb === 'contains' ? found : Array.isArray(actual) && !found;
}

function holds(actual: unknown, value: string): boolean {
  if (value === 'absent') return actual === undefined || actual === null;
  if (value === 'present') return actual !== undefined && actual !== null;
  const json = parseJson(value);
  if (json !== undefined) return includes(actual, json);
  return actual !== undefined && actual !== null && matchesText(shown(actual), value);
}

/** JSON stands for itself; a bare word or number is a text. */
function parseJson(value: string): unknown {
  return /^["[{]/.test(value) ? JSON.parse(value) : undefined;
}

/** All that is expected is there: objects may have more members, lists may not have more elements. */
function includes(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, at) => includes(actual[at], item))
    );
  }
  if (typeof expected === 'object' && expected !== null) {
    return (
      typeof actual === 'object' &&
      actual !== null &&
      Object.entries(expected).every(([key, value]) => includes((actual as Record<string, unknown>)[key], value))
    );
  }
  if (typeof expected === 'string') return actual !== undefined && matchesText(shown(actual), expected);
  return actual === expected;
}

/** `...` stands for anything. */
export function matchesText(actual: string, expected: string): boolean {
  const parts = expected.split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(actual);
}

/** As one writes it in an expectation. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'absent';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}
