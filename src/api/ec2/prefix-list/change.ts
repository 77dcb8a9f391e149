/** A list's next version, made by changes of its entries and by going back to earlier ones. */
import { type Edit, put, remove } from '../../../model/edit.ts';
import { versionId } from '../../../model/prefix-lists.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PrefixList, PrefixListEntry, PrefixListVersion } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { MAX_VERSIONS_PER_LIST } from '../limits.ts';
import { isInProgress, stateOf } from './view.ts';

/** One change after another; who says which version it is about must have it right. */
export function refuseOtherState(context: Context, list: PrefixList, version: number | undefined): void {
  if (isInProgress(list, context)) {
    refuse(
      'IncorrectState',
      `The request cannot be completed while the prefix list (${list.id}) is in the current state (${stateOf(list, context)}).`,
    );
  }
  if (version !== undefined && version !== list.version) {
    refuse('PrefixListVersionMismatch', 'The prefix list has the incorrect version number.');
  }
}

export function versionOf(list: PrefixList, entries: readonly PrefixListEntry[]): PrefixListVersion {
  const { account, region, createdAt, id: listId, version } = list;
  const own = { account, region, createdAt, tags: {}, listId, version, entries };
  return { ...own, kind: 'prefixListVersion', id: versionId(listId, version) };
}

/** The oldest version goes when there are too many. */
export function nextVersion(
  context: Context,
  list: PrefixList,
  kind: 'modify' | 'restore',
  entries: readonly PrefixListEntry[],
): { readonly list: PrefixList; readonly edits: readonly Edit[] } {
  const lastChange = { kind, revision: context.nextRevision, unableIds: [] };
  const next: PrefixList = { ...list, version: list.version + 1, lastChange };
  const oldest = context.intent
    .table('prefixListVersion')
    .get(versionId(list.id, next.version - MAX_VERSIONS_PER_LIST));
  return {
    list: next,
    edits: [put(next), put(versionOf(next, entries)), ...(oldest === undefined ? [] : [remove(oldest)])],
  };
}
