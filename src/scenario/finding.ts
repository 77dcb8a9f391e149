/** What a step's outcome is compared by, and how a scenario ends early. */

/** Something is not as expected. */
export interface Finding {
  readonly line: number;
  /** What the expectation's line has before its value: with `golden` it is written anew. */
  readonly before: string;
  readonly expected: string;
  /** Who says what instead: "analyser", "kernel", or "got". */
  readonly got: readonly (readonly [who: string, what: string])[];
  /** What would have been right; null: nothing that can be written down. */
  readonly golden: string | null;
}

/** The scenario cannot go on. */
export class Stop extends Error {}

export function findingText({ file, line, before, expected, got }: Finding & { readonly file: string }): string {
  const rows = [['expected', expected] as const, ...got].map(([who, what]) => `  ${who.padEnd(9)} ${what}`);
  return [`${file}:${line}: ${before.trim() || 'the call'}`, ...rows].join('\n');
}
