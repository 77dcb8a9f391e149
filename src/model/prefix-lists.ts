/** Customers' prefix lists as routes and group rules see them: by id, at their current version. */
import type { Intent } from './intent.ts';
import type { AnyResource, PrefixListVersion } from './resources.ts';

/** True where a route's destination is a list and not a block. */
export function isListId(destination: string): boolean {
  return destination.startsWith('pl-');
}

/** By which a route table is found; none of others. */
export function prefixListIds(resource: AnyResource): readonly string[] {
  if (resource.kind !== 'routeTable') return [];
  return resource.routes.map(({ destination }) => destination).filter(isListId);
}

export function versionId(listId: string, version: number): string {
  return `${listId}/${version}`;
}

/** undefined: no customer's list has that id. */
export function currentVersion(intent: Intent, listId: string): PrefixListVersion | undefined {
  const list = intent.table('prefixList').get(listId);
  return list && intent.table('prefixListVersion').get(versionId(listId, list.version));
}
