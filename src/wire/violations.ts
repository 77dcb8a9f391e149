/**
 * What is wrong with an input, collected while decoding; complain.ts words it as each service does.
 *
 * `put` sets a member of an object that a customer names: a plain assignment of "__proto__" would change its prototype.
 */
import type { Shape } from './shape.ts';

export type Violation = {
  /** Wire names from the top, list positions from 1. */
  readonly path: readonly string[];
} & (
  | { readonly is: 'missing' | 'unknown' }
  | { readonly is: 'type'; readonly expected: Shape['kind']; readonly value: string }
  | { readonly is: 'text'; readonly value: string }
  | { readonly is: 'enum'; readonly values: readonly string[]; readonly value: string }
);

export class Violations {
  readonly list: Violation[] = [];
  readonly path: string[] = [];

  add(violation: { is: 'missing' | 'unknown' }): void;
  add(violation: { is: 'type'; expected: Shape['kind']; value: string }): void;
  add(violation: { is: 'text'; value: string }): void;
  add(violation: { is: 'enum'; values: readonly string[]; value: string }): void;
  add(violation: object): void {
    this.list.push({ path: [...this.path], ...violation } as unknown as Violation);
  }

  /** Runs `read` one step deeper. */
  at<T>(step: string, read: () => T): T {
    this.path.push(step);
    try {
      return read();
    } finally {
      this.path.pop();
    }
  }

  checkEnum(values: readonly string[] | null, value: string): void {
    if (values !== null && !values.includes(value)) this.add({ is: 'enum', values, value });
  }
}

export function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}
