/**
 * So many requests a second for each instance, with a burst: one that polls in a loop must not starve the others. AWS
 * throttles too, without telling its figure.
 */
const PER_SECOND = 200;
const BURST = 400;

export interface Limiter {
  /** False: too many. */
  take(id: string, nowMs: number): boolean;
  /** Forgets all but these. */
  keep(ids: ReadonlySet<string>): void;
}

export function createLimiter(): Limiter {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(id, nowMs) {
      const bucket = buckets.get(id) ?? { left: BURST, at: nowMs };
      bucket.left = Math.min(BURST, bucket.left + ((nowMs - bucket.at) / 1000) * PER_SECOND);
      bucket.at = nowMs;
      buckets.set(id, bucket);
      if (bucket.left < 1) return false;
      bucket.left -= 1;
      return true;
    },
    keep(ids) {
      for (const id of buckets.keys()) if (!ids.has(id)) buckets.delete(id);
    },
  };
}
