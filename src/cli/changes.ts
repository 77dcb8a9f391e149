/** How changes of reach, of a Plan's rows and of resources are told to people. */
import { readFileSync } from 'node:fs';
import type { NameChange } from '../analyse/name-diff.ts';
import type { RowChange } from '../analyse/plan-diff.ts';
import type { Place } from '../analyse/reach-ask.ts';
import type { Change } from '../analyse/reach-diff.ts';
import type { NameTags } from '../daemon/name-tags.ts';
import type { Preview } from '../daemon/preview.ts';
import type { Plan } from '../plan/plan.ts';
import { Exit } from './exits.ts';
import { columns, type Pen } from './text.ts';

/** Of one list, how many are named. */
const NAMED = 4;

export function previewLines({ calls, resources, rows, reach, lookups, names }: Preview, pen: Pen): string[] {
  const marks = { made: pen('green', '+'), changed: pen('yellow', '~'), removed: pen('red', '-') };
  return [
    `${pen('bold', calls === 1 ? 'One call' : `${calls} calls`)} would be let through. Nothing was changed.`,
    '',
    ...(resources.length === 0 ? ['No resource would change.'] : [pen('bold', 'Resources')]),
    ...columns(
      resources.map(({ kind, resource, id, fields }) => [
        marks[kind],
        wordsOf(resource),
        named(id, names),
        fields.map(wordsOf).join(', '),
      ]),
    ),
    '',
    ...changeLines(reach, names, pen),
    '',
    ...lookupLines(lookups, names, pen),
    ...rowLines(rows),
  ];
}

/** "networkInterface" → "network interface". */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function named(id: string, names: NameTags): string {
  const name = names[id];
  return name === undefined ? id : `${id} (${name})`;
}

/** What opens and what closes. */
export function changeLines(changes: readonly Change[], names: NameTags, pen: Pen): string[] {
  if (changes.length === 0) return ['Nothing opens, nothing closes.'];
  const of = (which: Change['kind']) => merged(changes.filter(({ kind }) => kind === which));
  const part = (title: string, mark: string, those: readonly Change[]) => [
    ...(those.length === 0 ? [pen('dim', `${title}: nothing`)] : [pen('bold', title)]),
    ...columns(
      those.map((each) => [
        mark,
        few(each.ports),
        `${ends(each.from, names)} → ${ends(each.to, names)}`,
        remarkOf(each),
      ]),
    ),
  ];
  return [...part('Opens', pen('green', '+'), of('opens')), ...part('Closes', pen('red', '-'), of('closes'))];
}

function remarkOf({ kind, before, after, through, code }: Change): string {
  const some = [before, after].includes('depends') ? 'some connections' : '';
  const way = kind === 'opens' && through.length > 0 ? `through ${few(through)}` : '';
  return [some, way, kind === 'closes' && code !== null ? code : ''].filter((each) => each !== '').join(', ');
}

export function ends(places: readonly Place[], names: NameTags): string {
  return few(
    places.map(({ id, machine }) => {
      if (machine !== null) return named(machine, names);
      return id === 'internet' ? 'the internet' : named(id, names);
    }),
  );
}

export function few(all: readonly string[]): string {
  const each = [...new Set(all)];
  const more = each.length - NAMED;
  return more > 1 ? `${each.slice(0, NAMED).join(', ')} and ${more} more` : each.join(', ');
}

/** What differs in its senders only, or in its receivers only, is one line. */
function merged(changes: readonly Change[]): readonly Change[] {
  return by(by(changes, 'from', 'to'), 'to', 'from');
}

function by(changes: readonly Change[], joined: 'from' | 'to', kept: 'from' | 'to'): readonly Change[] {
  const idsOf = (places: readonly Place[]) => places.map(({ id }) => id);
  const groups = Map.groupBy(changes, ({ ports, before, after, [kept]: other }) =>
    JSON.stringify([ports, before, after, idsOf(other)]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const codes = new Set(group.map(({ code }) => code));
    return {
      ...first,
      [joined]: group.flatMap((each) => each[joined]),
      through: [...new Set(group.flatMap(({ through }) => through))],
      code: codes.size === 1 ? first.code : null,
    };
  });
}

/** Names that get another answer, and who fares otherwise for it; with an empty line behind them. */
export function lookupLines(changes: readonly NameChange[], names: NameTags, pen: Pen): string[] {
  if (changes.length === 0) return [];
  return [
    pen('bold', 'Names'),
    ...changes.flatMap((change) => [
      `  ${pen('yellow', '~')}  ${change.names[0] === '*' ? 'all names' : few(change.names)} in ${named(change.domain, names)}: ${change.before} → ${change.after}`,
      ...change.fares.map(({ kind, ask, from, code }) => {
        const [mark, verb] = kind === 'gains' ? [pen('green', '+'), 'reaches it now'] : [pen('red', '-'), 'loses it'];
        const why = kind === 'loses' && code !== null ? `  ${code}` : '';
        return `     ${mark}  ${ask}  ${ends(from, names)} ${verb}${why}`;
      }),
    ]),
    '',
  ];
}

/** How many rows of each table, and which of their fields. */
export function rowLines(rows: readonly RowChange[]): string[] {
  if (rows.length === 0) return ['The Plan stays as it is.'];
  return [
    'Rows of the Plan',
    ...columns(
      [...Map.groupBy(rows, ({ table }) => table)].map(([table, those]) => {
        const count = (kind: RowChange['kind'], mark: string) => {
          const found = those.filter((each) => each.kind === kind).length;
          return found === 0 ? '' : `${mark}${found}`;
        };
        const fields = new Set(those.flatMap((each) => each.fields));
        return [table, count('made', '+'), count('changed', '~'), count('removed', '-'), [...fields].join(', ')];
      }),
    ),
  ];
}

export function readPlan(path: string): Plan {
  const text = readText(path);
  let found: Partial<Plan> | null = null;
  try {
    found = JSON.parse(text) as Partial<Plan> | null;
  } catch {
    // Told below, as is what is JSON of another kind.
  }
  if (typeof found?.revision !== 'number' || !Array.isArray(found.ports)) {
    throw new Exit('unreadable', `${path} is no Plan that "culvert plan --save" saved`);
  }
  return found as Plan;
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Exit('unreadable', `${path} cannot be read: ${(error as Error).message}`);
  }
}
