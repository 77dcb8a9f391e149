/** Attributes as key and value: which keys there are, which of them can be changed, and to what. */
import { refuse } from '../../model/refusal.ts';
import { invalid } from './checks.ts';

type Attributes = Readonly<Record<string, string>>;
interface Pair {
  Key?: string | undefined;
  Value?: string | undefined;
}

/** Says what a value must be; undefined: it is fine. */
export type AttributeRule = (value: string) => string | undefined;
/** The keys that can be changed. */
export type AttributeRules = Readonly<Record<string, AttributeRule>>;

export const BOOLEAN = oneOf('true', 'false');

export function oneOf(...values: readonly string[]): AttributeRule {
  return (value) => (values.includes(value) ? undefined : `must be one of '${values.join(', ')}'`);
}

export function whole(min: number, max: number): AttributeRule {
  const isRight = (value: string) => /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max;
  return (value) => (isRight(value) ? undefined : `must be a whole number between '${min}' and '${max}'`);
}

/**
 * What the pairs change. `present`: every attribute that there is, with its value now; one without a rule keeps it.
 * `noun`: "Load balancer", "Target group", "Listener".
 */
export function changedAttributes(
  pairs: readonly Pair[],
  present: Attributes,
  rules: AttributeRules,
  noun: string,
): Attributes {
  const changes: Record<string, string> = {};
  if (pairs.length === 0) invalid('At least one attribute must be specified');
  for (const { Key: key = '', Value: value = '' } of pairs) {
    if (!Object.hasOwn(present, key)) invalid(`${noun} attribute key '${key}' is not recognized`);
    if (Object.hasOwn(changes, key)) invalid(`${noun} attribute key '${key}' was specified more than once`);
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined) {
      if (value === present[key]) continue;
      refuse('UnsupportedOperation', `The value '${value}' for attribute ${key} is not supported by Culvert.`);
    }
    const wrong = rule(value);
    if (wrong !== undefined) invalid(`${noun} attribute value '${value}' for key '${key}' is not valid: it ${wrong}`);
    changes[key] = value;
  }
  return changes;
}

export function viewAttributes(attributes: Attributes): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
}
