/** Analyses are kept for 120 days. https://docs.aws.amazon.com/vpc/latest/reachability/reachability-analyzer-limits.html */
import { type Edit, remove } from '../../../model/edit.ts';
import type { Facts } from '../../../model/facts.ts';
import type { Intent } from '../../../model/intent.ts';

const KEPT_MS = 120 * 24 * 3600 * 1000;

export function sweepAnalyses(intent: Intent, facts: Facts): readonly Edit[] {
  return [...intent.table('networkInsightsAnalysis').all()]
    .filter(({ createdAt }) => Date.parse(facts.now) - Date.parse(createdAt) > KEPT_MS)
    .map(remove);
}
