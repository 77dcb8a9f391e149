/** Time: the only door to it outside of the pure rooms, which are given it. */
import { call } from './libc.ts';

const CLOCK_REALTIME = 0;
const time = Buffer.alloc(16);

/** ISO 8601 in UTC with milliseconds, as resources store it. */
export function now(): string {
  return new Date().toISOString();
}

/** Milliseconds that never go back; only differences mean something. */
export function monotonicMs(): number {
  return performance.now();
}

/** Since 1970, as the host's clock has it. */
export function realtimeNanoseconds(): bigint {
  call('clock_gettime', 'of the host', CLOCK_REALTIME, time);
  return time.readBigInt64LE(0) * 1_000_000_000n + time.readBigInt64LE(8);
}
