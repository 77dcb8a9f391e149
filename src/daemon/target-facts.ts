/**
 * What the edge reports of targets' health, as Facts. Strict: only what was measured by the very check that the newest Plan
 * asks for counts; what was measured before a target group changed is dropped. What a report leaves out stays: an edge that
 * was started again has not looked at all targets yet, and they are no worse for that.
 */
import { checksOf } from '../edge/health/checks.ts';
import type { TargetReport, TargetsReport } from '../edge/health/report.ts';
import type { TargetFact } from '../model/facts.ts';
import type { Plan } from '../plan/plan.ts';

export interface TargetFacts {
  /** For `compile` and for describing; always the same map. */
  readonly facts: ReadonlyMap<string, TargetFact>;
  /** Takes a report. True: something is other than before. */
  receive(report: TargetsReport): boolean;
  /** Drops what other checks than this plan's have measured. True: the plan was made with something of that. */
  settle(plan: Pick<Plan, 'pools'>): boolean;
}

/** `now`: ISO 8601. */
export function createTargetFacts(now: () => string): TargetFacts {
  const facts = new Map<string, TargetFact>();
  /** Fingerprints, by target, of the checks that count; null before the first plan: a report is then believed. */
  let wanted: ReadonlyMap<string, string> | null = null;
  const measuredBy = new Map<string, string>();

  function forget(id: string): void {
    facts.delete(id);
    measuredBy.delete(id);
  }

  const ago = (milliseconds: number) => new Date(Date.parse(now()) - milliseconds).toISOString();

  return {
    facts,
    receive(report) {
      let changed = false;
      for (const [id, { check, state, reason, status, ageMs }] of Object.entries(report)) {
        if (wanted !== null && wanted.get(id) !== check) continue;
        const before = facts.get(id);
        measuredBy.set(id, check);
        if (before?.state === state && before.reason === reason && (before.status ?? null) === status) continue;
        const since = before?.state === state ? before.since : ago(ageMs);
        const isWrong = state === 'unhealthy' && since !== undefined;
        facts.set(id, { state, reason, ...(status !== null && { status }), ...(isWrong && { since }) });
        changed = true;
      }
      return changed;
    },
    settle({ pools }) {
      const checks = new Map([...checksOf(pools)].map(([id, { fingerprint }]) => [id, fingerprint]));
      wanted = checks;
      const stale = [...measuredBy].filter(([id, check]) => checks.get(id) !== check);
      for (const [id] of stale) forget(id);
      return stale.length > 0;
    },
  };
}

/** Undefined: it is no report. The sender is the edge of the same version: no deeper look is needed. */
export function parseReport(text: string): TargetsReport | undefined {
  try {
    const { targets } = JSON.parse(text) as { targets?: unknown };
    if (typeof targets !== 'object' || targets === null) return undefined;
    return Object.values(targets).every(isReport) ? (targets as TargetsReport) : undefined;
  } catch {
    return undefined;
  }
}

function isReport(value: Partial<TargetReport> | null): boolean {
  return typeof value?.check === 'string' && (value.state === 'healthy' || value.state === 'unhealthy');
}
