/** `culvert reach`: who reaches this, what does this reach, or all pairs, as the Plan in force says. Exit code 0: it was answered. */

import { nameDiff } from '../analyse/name-diff.ts';
import { planDiff } from '../analyse/plan-diff.ts';
import type { Matrix, Place, ReachAnswer, ReachQuestion, Row } from '../analyse/reach-ask.ts';
import { reachDiff } from '../analyse/reach-diff.ts';
import type { Paths } from '../host/paths.ts';
import { atOnce } from '../host/slices.ts';
import type { Plan } from '../plan/plan.ts';
import { changeLines, lookupLines, readPlan, rowLines } from './changes.ts';
import { ALL_PAIRS_MS, ask } from './control.ts';
import { Exit } from './exits.ts';
import { columns, type Pen, penFor } from './text.ts';
import { asked, isNamed } from './why.ts';

export interface ReachOptions {
  readonly to?: string;
  readonly from?: string;
  readonly matrix?: boolean;
  /** A saved Plan. */
  readonly diff?: string;
  readonly protocol: string;
  readonly port?: string;
  readonly json?: boolean;
}

/** How many of those that do not reach are named. */
const NAMED = 5;

export async function reach(paths: Paths, plans: readonly string[], options: ReachOptions): Promise<void> {
  if (options.diff !== undefined) return reachDiffOf(paths, [options.diff, ...plans], options);
  if (plans.length > 0) throw new Exit('usage', `what is ${plans[0]} for? A second Plan stands behind --diff FILE`);
  const found = await ask<ReachAnswer>(paths, 'POST', '/culvert/reach', questionOf(options), ALL_PAIRS_MS);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(found, null, 2)}\n`
      : `${reachLines(found, options.from === undefined ? 'from' : 'to', penFor(process.stdout)).join('\n')}\n`,
  );
}

/** Of two saved Plans, or of one and that in force. */
async function reachDiffOf(paths: Paths, files: readonly string[], { json }: ReachOptions): Promise<void> {
  const [first = '', second, third] = files;
  if (third !== undefined) throw new Exit('usage', 'two Plans are compared, not more');
  const before = readPlan(first);
  const after = second === undefined ? await ask<Plan>(paths, 'GET', '/culvert/plan') : readPlan(second);
  const reach = atOnce(reachDiff(before, after));
  const lookups = atOnce(nameDiff(before, after));
  const rows = atOnce(planDiff(before, after));
  const pen = penFor(process.stdout);
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ before: before.revision, after: after.revision, rows, reach, lookups }, null, 2)}\n`
      : `${[...changeLines(reach, {}, pen), '', ...lookupLines(lookups, {}, pen), ...rowLines(rows)].join('\n')}\n`,
  );
}

export function questionOf({ to, from, matrix, protocol, port }: ReachOptions): ReachQuestion {
  if ([to, from, matrix].filter((each) => each !== undefined).length !== 1) {
    throw new Exit('usage', 'one of --to, --from and --matrix is needed');
  }
  const question = asked(from ?? '', to ?? '', { protocol, ...(port !== undefined && { port }) });
  if (!isNamed(question.protocol)) throw new Exit('usage', `--protocol is tcp, udp or icmp, not ${protocol}`);
  const isWhole = question.port !== null || question.protocol === '1';
  const asks = isWhole
    ? [{ protocol: question.protocol, port: question.protocol === '1' ? null : question.port }]
    : null;
  if (asks === null && protocol !== 'tcp') throw new Exit('usage', `which port of ${protocol}? --port`);
  if (matrix === true) return { kind: 'matrix', asks };
  return { kind: to === undefined ? 'from' : 'to', word: from ?? question.to, asks };
}

/** `end`: the one that differs from row to row. */
export function reachLines(found: ReachAnswer, end: 'from' | 'to', pen: Pen): string[] {
  if (found.kind === 'matrix') return found.matrixes.flatMap((each) => [...matrixLines(each, pen), '']);
  const byAsk = [...Map.groupBy(found.rows, ({ ask }) => ask)];
  const met = byAsk.filter(([, rows]) => rows.some(({ outcome }) => outcome !== 'dropped'));
  const unmet = byAsk.filter(([, rows]) => rows.every(({ outcome }) => outcome === 'dropped'));
  const lost = met.length === 0 && byAsk.length === 1 ? unmet : [];
  return [
    ...[...met, ...lost].flatMap(([ask, rows]) => [...askLines(ask, rows, end, pen), '']),
    ...(lost.length > 0 || unmet.length === 0
      ? []
      : [
          `${pen('red', '✗')} ${met.length === 0 ? 'nothing' : 'nothing else'} on ${unmet.map(([ask]) => ask).join(', ')}`,
        ]),
  ];
}

function askLines(ask: string, rows: readonly Row[], end: 'from' | 'to', pen: Pen): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const one = end === 'from' ? `→ ${placeText(first.to)}` : `${placeText(first.from)} →`;
  const lost = rows.filter(({ outcome }) => outcome === 'dropped');
  return [
    `${pen('bold', ask)} ${one}`,
    ...columns(
      rows
        .filter(({ outcome }) => outcome !== 'dropped')
        .map((row) => [
          row.outcome === 'delivered' ? pen('green', '✓') : pen('yellow', '~'),
          ...placeCells(row[end], row.address),
          row.through.length === 0 ? '' : `through ${row.through.join(', ')}`,
          row.code === null ? '' : `some are not (${row.code})`,
        ]),
    ),
    ...[...Map.groupBy(lost, ({ code }) => code)].map(
      ([code, those]) =>
        `  ${pen('red', '✗')} ${code ?? 'it has no address there'}: ${few(those.map((row) => row[end]))}`,
    ),
  ];
}

function few(places: readonly Place[]): string {
  const names = places.slice(0, NAMED).map(({ id, machine }) => machine ?? id);
  return `${names.join(', ')}${places.length > NAMED ? ` and ${places.length - NAMED} more` : ''}`;
}

function placeText({ id, machine }: Place): string {
  return machine === null ? id : `${machine} (${id})`;
}

function placeCells({ id, machine, domain }: Place, address: string | null): string[] {
  return [machine ?? id, machine === null ? '' : id, address ?? '', domain ?? ''];
}

/** A line and a column for all that fare alike. */
export function matrixLines({ ask, senders, receivers, cells, alike }: Matrix, pen: Pen): string[] {
  const cell = (from: readonly number[], to: readonly number[]) => {
    for (const row of from) {
      for (const column of to) {
        const mark = cells[row]?.[column] ?? '';
        if (mark !== '=') return mark;
      }
    }
    return '=';
  };
  const paint = { '.': 'green', X: 'red', '~': 'yellow', '=': 'dim' } as const;
  const wide = String(alike.receivers.length).length;
  return [
    `${pen('bold', ask)}   ${pen('green', '.')} reached  ${pen('yellow', '~')} some connections  ${pen('red', 'X')} not  ${pen('dim', '=')} itself`,
    'to',
    ...columns(alike.receivers.map((group, at) => [String(at + 1), ...groupCells(receivers, group)])),
    'from',
    ...columns([
      ['', '', '', alike.receivers.map((_, at) => String(at + 1).padStart(wide)).join(' ')],
      ...alike.senders.map((group) => [
        ...groupCells(senders, group),
        alike.receivers
          .map((to) => cell(group, to))
          .map((mark) => pen(paint[mark as '.'] ?? 'dim', mark.padStart(wide)))
          .join(' '),
      ]),
    ]),
  ];
}

function groupCells(places: readonly Place[], group: readonly number[]): string[] {
  const [first] = group.map((at) => places[at]);
  if (first === undefined) return ['', '', ''];
  const more = group.length === 1 ? '' : ` and ${group.length - 1} alike`;
  return [`${first.machine ?? first.id}${more}`, first.address ?? '', first.domain ?? ''];
}
