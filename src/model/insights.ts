/** Analyses by whether they have been answered. */
import type { AnyResource } from './resources.ts';

export const RUNNING = 'running';

/** By which an analysis is found while it has no answer; none of others. */
export function progressOf(resource: AnyResource): readonly string[] {
  return resource.kind === 'networkInsightsAnalysis' && resource.result === null ? [RUNNING] : [];
}
