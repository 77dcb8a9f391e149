/**
 * The form of a benchmark: it measures things side by side in one run and yields rows of ratios. No thresholds here that
 * fail a build: timings on a shared machine are read, not asserted.
 */

export interface Row {
  /** What was measured: "endpoint path, 1 stream". */
  readonly what: string;
  /** Median of ours, with its unit: "34.8 Gbit/s". */
  readonly ours: string;
  /** Against what: "plain routed path". */
  readonly against: string;
  /** Median of theirs, with its unit; "not installed" where it could not be measured. */
  readonly theirs: string;
  /** Ours to theirs in the direction the target is stated in; null where there is nothing to compare with. */
  readonly ratio: number | null;
  /** The target: "≥ 0.9". */
  readonly target: string;
  /** Whether this run met it; null: nothing to judge. */
  readonly met: boolean | null;
}

export interface Bench {
  readonly title: string;
  run(progress: (line: string) => void): Promise<readonly Row[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which `share` (0–1) of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
