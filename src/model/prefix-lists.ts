/** Customers' prefix lists as routes and group rules see them: by id, at their current version. */
import type { Intent } from './intent.ts';
import type { PrefixListVersion } from './resources.ts';

/** True where a route's destination is a list and not a block. */
export function isListId(destination: string): boolean {
  return destination.startsWith('pl-');
}

export function versionId(listId: string, version: number): string {
  return `${listId}/${version}`;
}

/** undefined: no customer's list has that id. */
export function currentVersion(intent: Intent, listId: string): PrefixListVersion | undefined {
  const list = intent.table('prefixList').get(listId);
  return list && intent.table('prefixListVersion').get(versionId(listId, list.version));
}
