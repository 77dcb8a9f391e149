/** What neither side sees any more. */
import { type Edit, remove } from '../../../model/edit.ts';
import type { Facts } from '../../../model/facts.ts';
import type { Intent } from '../../../model/intent.ts';
import { isVisibleTo } from './state.ts';

export function sweepPeerings(intent: Intent, facts: Facts): readonly Edit[] {
  return [...intent.table('vpcPeering').all()]
    .filter((each) => ![each.requester, each.accepter].some((side) => isVisibleTo(side, each, facts)))
    .map(remove);
}
