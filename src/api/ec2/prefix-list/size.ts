/** The greatest size of a list, which is what it counts as in quotas of what refers to it. */

import { put } from '../../../model/edit.ts';
import { type Intent, withEdits } from '../../../model/intent.ts';
import type { PrefixList } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { invalidValue } from '../../shared/input.ts';
import { MAX_ENTRIES_PER_LIST } from '../limits.ts';
import { fitsRoutes } from '../route-table/room.ts';
import { fitsRules } from '../security-group/room.ts';
import { groupsWith, tablesWith } from './references.ts';

const SHOWN = 10;

export function checkedSize(maxEntries: number): number {
  if (maxEntries < 1 || maxEntries > MAX_ENTRIES_PER_LIST) {
    invalidValue(maxEntries, 'maxEntries', `It must be between 1 and ${MAX_ENTRIES_PER_LIST}.`);
  }
  return maxEntries;
}

/** Ids of the first ten resources whose quota would not hold the list at this size. */
export function unableAt(context: Context, list: PrefixList, maxEntries: number): readonly string[] {
  const intent: Intent = withEdits(context.intent, [put({ ...list, maxEntries })]);
  return [
    ...groupsWith(context, list).filter((id) => !fitsRules(intent, list, id)),
    ...tablesWith(context, list)
      .filter((table) => !fitsRoutes(intent, table))
      .map(({ id }) => id),
  ].slice(0, SHOWN);
}
