/**
 * Answers network insights analyses: each is run once, on the first Plan that includes its start, when that is in force, and the
 * answer is committed. Until then it is "running": nothing here is a timer. docs/decisions/network-insights.md
 */
import { explain } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import { put } from '../../model/edit.ts';
import { RUNNING } from '../../model/insights.ts';
import type { AnalysisResult, NetworkInsightsAnalysis } from '../../model/resources.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Store } from '../store/store.ts';
import { analysePath } from './analyse-path.ts';

export interface Insights {
  /** A Plan was compiled from the Intent as it is now. */
  compiled(plan: Plan): void;
  /** It is in force. */
  applied(plan: Plan): void;
}

export interface InsightsParts {
  readonly store: Pick<Store, 'intent' | 'commit'>;
  readonly log: Log;
  /** The Plan of the Intent as it is now, with every target as good as any other: AWS's analyser does not look at health. */
  compileWithoutHealth(): Plan;
  /** A commit was made. */
  changed(): void;
}

export function createInsights({ store, log, compileWithoutHealth, changed }: InsightsParts): Insights {
  let next: { readonly plan: Plan; readonly analysed: Plan; readonly ids: readonly string[] } | null = null;

  function answer(plan: Plan, { id, pathId }: NetworkInsightsAnalysis): AnalysisResult {
    const path = store.intent.table('networkInsightsPath').get(pathId);
    try {
      if (path === undefined) throw new Error(`${pathId} is gone`);
      return analysePath(plan, store.intent, path);
    } catch (err) {
      log.error({ err, analysis: id }, 'an analysis failed');
      return { state: 'failed', message: `The analysis failed: ${explain(err)}` };
    }
  }

  return {
    compiled(plan) {
      const ids = store.intent
        .table('networkInsightsAnalysis')
        .by('progress', RUNNING)
        .map(({ id }) => id);
      next = ids.length === 0 ? null : { plan, ids, analysed: plan.pools.length > 0 ? compileWithoutHealth() : plan };
    },
    applied(plan) {
      if (next?.plan !== plan) return;
      const { analysed, ids } = next;
      next = null;
      const waiting = ids.flatMap((id) => store.intent.table('networkInsightsAnalysis').get(id) ?? []);
      if (waiting.length === 0) return;
      store.commit(waiting.map((each) => put({ ...each, result: answer(analysed, each) })));
      changed();
    },
  };
}
