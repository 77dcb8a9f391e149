/**
 * What follows from the checks of one target: a pure state machine. As AWS has it, a new target is in service after its first
 * success, whatever the threshold; until it has failed as often as the threshold says, it is still new.
 * Read NLB: target-group-health-checks.
 */

/** Of one check. `reason` and `status` say why not. */
export type Verdict = { readonly passed: true } | ({ readonly passed: false } & Failure);

export interface Failure {
  /** AWS's reason code. */
  readonly reason: 'Target.Timeout' | 'Target.FailedHealthChecks' | 'Target.ResponseCodeMismatch';
  /** The HTTP status that does not match, with Target.ResponseCodeMismatch; null otherwise. */
  readonly status: number | null;
}

export interface Thresholds {
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export interface Health {
  readonly state: 'initial' | 'healthy' | 'unhealthy';
  /** Of the newest failed check while unhealthy; null otherwise. */
  readonly failure: Failure | null;
  /** How many checks in a row said the opposite of `state`; for a new target: how many failed. */
  readonly against: number;
}

export const NEW: Health = { state: 'initial', failure: null, against: 0 };
const HEALTHY: Health = { state: 'healthy', failure: null, against: 0 };

export function judge(before: Health, verdict: Verdict, thresholds: Thresholds): Health {
  const against = before.against + 1;
  if (verdict.passed) {
    if (before.state === 'unhealthy' && against < thresholds.healthyThreshold) return { ...before, against };
    return HEALTHY;
  }
  const failure = { reason: verdict.reason, status: verdict.status };
  if (before.state === 'unhealthy') return { state: 'unhealthy', failure, against: 0 };
  if (against < thresholds.unhealthyThreshold) return { ...before, against };
  return { state: 'unhealthy', failure, against: 0 };
}
