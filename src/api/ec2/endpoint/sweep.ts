/** What has been shown as deleted for long enough. */
import { type Edit, remove } from '../../../model/edit.ts';
import type { Facts } from '../../../model/facts.ts';
import type { Intent } from '../../../model/intent.ts';
import { isGone } from './state.ts';

export function sweepEndpoints(intent: Intent, facts: Facts, now: string): readonly Edit[] {
  return [...intent.table('vpcEndpoint').all()].filter((endpoint) => isGone(endpoint, facts, now)).map(remove);
}
