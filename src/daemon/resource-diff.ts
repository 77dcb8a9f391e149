/** Which resources of an Intent a change makes, changes and removes. */
import { differing } from '../analyse/plan-diff.ts';
import { type Intent, KINDS } from '../model/intent.ts';
import type { AnyResource, Kind } from '../model/resources.ts';

export interface ResourceChange {
  readonly kind: 'made' | 'changed' | 'removed';
  readonly resource: Kind;
  readonly id: string;
  /** The names of the fields that differ; empty where it is made or removed. */
  readonly fields: readonly string[];
}

/** Culvert's own book-keeping. */
const OWN_KINDS: ReadonlySet<Kind> = new Set(['clientTokenUse', 'counter', 'regionUse', 'pendingEvent']);
const OWN_FIELDS: ReadonlySet<string> = new Set(['changedRevision', 'madeRevision']);

/** By kind; yields between its steps. */
export function* resourceDiff(before: Intent, after: Intent): Generator<void, readonly ResourceChange[]> {
  const changes: ResourceChange[] = [];
  for (const resource of KINDS.filter((kind) => !OWN_KINDS.has(kind))) {
    const was = before.table(resource);
    const is = after.table(resource);
    for (const each of is.all() as Iterable<AnyResource>) {
      const old = was.get(each.id);
      yield;
      if (old === undefined) changes.push({ kind: 'made', resource, id: each.id, fields: [] });
      else {
        const fields = differing(old, each).filter((name) => !OWN_FIELDS.has(name));
        if (isGone(each) && !isGone(old)) changes.push({ kind: 'removed', resource, id: each.id, fields: [] });
        else if (fields.length > 0) changes.push({ kind: 'changed', resource, id: each.id, fields });
      }
    }
    for (const { id } of was.all() as Iterable<AnyResource>) {
      if (is.get(id) === undefined) changes.push({ kind: 'removed', resource, id, fields: [] });
    }
  }
  return changes;
}

/** Deleted or terminated, and still shown for a while. */
export function isGone(resource: AnyResource): boolean {
  const { deletedRevision, deletion, wanted } = resource as {
    deletedRevision?: unknown;
    deletion?: unknown;
    wanted?: unknown;
  };
  return (deletedRevision ?? null) !== null || (deletion ?? null) !== null || wanted === 'terminated';
}
