/** Refusals that any action's input can meet before the action itself looks at it. */
import { refuse } from '../../model/refusal.ts';

/** The value, or AWS's refusal naming the parameter that is missing. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined || value === '') refuse('MissingParameter', `The request must contain the parameter ${name}`);
  return value;
}

export function invalidValue(value: string | number, name: string, why: string): never {
  refuse('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid. ${why}`);
}

/** The wire's schemas know numbers only; EC2's are whole ones, but for those of actions that are not here. */
export function refuseFractions(input: object, path = ''): void {
  for (const [name, value] of Object.entries(input)) {
    if (typeof value === 'number' && !Number.isInteger(value)) {
      invalidValue(value, `${path}${name}`, 'It must be a whole number.');
    }
    const isNested = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
    if (isNested) refuseFractions(value, `${path}${name}.`);
  }
}

/** Times are text in the model and Dates in the SDK's shapes. */
export function dateOf(text: string): Date {
  return new Date(text);
}

/** The values without repetitions, in the order in which they came. */
export function distinct<T>(values: Iterable<T>): readonly T[] {
  return [...new Set(values)];
}

/** Whether both lists hold the same in the same order. */
export function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}
