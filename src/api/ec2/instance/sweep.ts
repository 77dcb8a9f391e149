/** Terminated instances are told for about an hour, as at AWS, and then forgotten. */
import { type Edit, remove } from '../../../model/edit.ts';
import type { Facts } from '../../../model/facts.ts';
import type { Intent } from '../../../model/intent.ts';
import { stateOf } from './state.ts';

export const TERMINATED_VISIBLE_SECONDS = 60 * 60;

export function sweepInstances(intent: Intent, facts: Facts, now: string): readonly Edit[] {
  return [...intent.table('instance').all()]
    .filter((instance) => {
      const since = instance.transition?.at ?? instance.launchedAt;
      const seconds = (Date.parse(now) - Date.parse(since)) / 1000;
      return stateOf(instance, facts) === 'terminated' && seconds > TERMINATED_VISIBLE_SECONDS;
    })
    .map(remove);
}
