/** Which rows of a Plan a change makes, changes and removes. */
import type { Plan } from '../plan/plan.ts';

export interface RowChange {
  readonly kind: 'made' | 'changed' | 'removed';
  /** "ports", "routeTables", …: the Plan's own word. */
  readonly table: string;
  readonly id: string;
  /** The names of the fields that differ; empty where it is made or removed. */
  readonly fields: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** In the Plan's order; yields between its steps. */
export function* planDiff(before: Plan, after: Plan): Generator<void, readonly RowChange[]> {
  const changes: RowChange[] = [];
  for (const [table, value] of Object.entries(after)) {
    const was = rowsOf(before[table as 'ports' | 'outside']);
    const is = rowsOf(value);
    for (const [id, row] of is) {
      const old = was.get(id);
      yield;
      if (old === undefined) changes.push({ kind: 'made', table, id, fields: [] });
      else {
        const fields = differing(old, row);
        if (fields.length > 0) changes.push({ kind: 'changed', table, id, fields });
      }
    }
    for (const id of was.keys()) if (!is.has(id)) changes.push({ kind: 'removed', table, id, fields: [] });
  }
  return changes;
}

/** What there is one of at most is a row of the internet's. */
function rowsOf(value: readonly object[] | object | number | null): ReadonlyMap<string, Row> {
  if (value === null || typeof value === 'number') return new Map();
  const rows = (Array.isArray(value) ? value : [{ ...value, id: 'internet' }]) as readonly Row[];
  return new Map(rows.map((row) => [String(row.id ?? row.name), row]));
}

/** Which fields of two rows, or of two resources, are not the same. */
export function differing(before: object, after: object): readonly string[] {
  if (before === after) return [];
  const [was, is] = [before, after] as readonly Row[];
  const names = new Set([before, after].flatMap(Object.keys));
  return [...names].filter(
    (name) => was?.[name] !== is?.[name] && JSON.stringify(was?.[name]) !== JSON.stringify(is?.[name]),
  );
}
