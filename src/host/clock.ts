/** Time: the only door to it outside of the pure rooms, which are given it. */

/** ISO 8601 in UTC with milliseconds, as resources store it. */
export function now(): string {
  return new Date().toISOString();
}

/** Milliseconds that never go back; only differences mean something. */
export function monotonicMs(): number {
  return performance.now();
}
