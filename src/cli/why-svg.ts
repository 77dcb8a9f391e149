/**
 * The ways of `culvert why` as a picture: the question and its answer at the top, below it a line of boxes for each way. What is cut short
 * stands whole in a box's title, which browsers show under the pointer. Names no font or file that would have to be fetched. Pure.
 */
import type { Why } from '../analyse/why.ts';
import { letters } from './text.ts';
import { type Box, whyGraph } from './why-graph.ts';

const [WIDE, HIGH, GAP, LINE, EDGE] = [224, 74, 44, 16, 24];
/** Letters of a line in a box, of 12 pixels. */
const MOST = 31;
const COLOURS = {
  place: { fill: '#ddeeff', stroke: '#0066cc', text: '#003366' },
  stage: { fill: '#ffffff', stroke: '#888888', text: '#222222' },
  blocked: { fill: '#ffdddd', stroke: '#cc0000', text: '#660000' },
} as const;

interface Placed extends Box {
  readonly x: number;
  readonly y: number;
}

export function whySvg(found: Why): string {
  const { question, headline, top, outcome } = found;
  const head = [`${found.sender.machine ?? found.sender.port} → ${question.to}: ${outcome}`, headline];
  const fixes = (top?.fixes ?? []).map((fix, at) => `${at === 0 ? '$' : 'or $'} ${fix}`);
  const above = EDGE + LINE * (head.length + fixes.length + 1);
  const boxes = placed(whyGraph(found), above);
  const at = new Map(boxes.map((box) => [box.id, box]));
  const longest = Math.max(...[...head, ...fixes].map((line) => line.length * 7));
  const width = EDGE + Math.max(longest, ...boxes.map(({ x }) => x + WIDE));
  const height = EDGE + Math.max(...boxes.map(({ y }) => y + HIGH));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#666666"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...head.map((line, row) => lineAt(EDGE, EDGE + LINE * row, line, row === 0 ? ' font-weight="bold"' : '')),
    ...fixes.map((line, row) => lineAt(EDGE, EDGE + LINE * (row + head.length), line, ' fill="#006600"')),
    ...boxes.flatMap((box) => arrow(box, at.get(box.after?.box ?? ''))),
    ...boxes.map(drawn),
    '</svg>',
  ].join('\n');
}

/** A column for each step, a row for each way; what several ways have in common stands in the first one's. */
function placed(boxes: readonly Box[], above: number): readonly Placed[] {
  const columns = new Map<string, number>();
  const rows = new Map<string, number>();
  const taken = new Set<string>();
  let last = 0;
  return boxes.map((box) => {
    const before = box.after?.box ?? '';
    const column = box.after === null ? 0 : (columns.get(before) ?? 0) + 1;
    // The first box behind another goes on in its row.
    const row = box.after === null ? 0 : taken.has(before) ? ++last : (rows.get(before) ?? 0);
    taken.add(before);
    columns.set(box.id, column);
    rows.set(box.id, row);
    return { ...box, x: EDGE + column * (WIDE + GAP), y: above + row * (HIGH + GAP) };
  });
}

function arrow({ x, y, after }: Placed, from: Placed | undefined): readonly string[] {
  if (after === null || from === undefined) return [];
  const [start, startY, end, endY] = [from.x + WIDE, from.y + HIGH / 2, x, y + HIGH / 2];
  const bend = end - GAP / 2;
  const dashes = after.isReached ? '' : ' stroke-dasharray="5 4"';
  const line = `<path d="M${start} ${startY} H${bend} V${endY} H${end}" fill="none" stroke="#666666"${dashes} marker-end="url(#tip)"/>`;
  return after.label === '' ? [line] : [line, lineAt(x, y - 5, short(after.label), ' fill="#444444"')];
}

function drawn({ kind, lines, x, y }: Placed): string {
  const { fill, stroke, text } = COLOURS[kind];
  const shown = lines.slice(0, 4).map((line, row) => {
    const bold = row === 0 || (kind === 'blocked' && row === 2) ? ' font-weight="bold"' : '';
    return lineAt(x + 8, y + LINE * (row + 1), short(line), `${bold} fill="${text}"`);
  });
  return `<g><title>${lines.map(escaped).join('\n')}</title><rect x="${x}" y="${y}" width="${WIDE}" height="${HIGH}" rx="6" fill="${fill}" stroke="${stroke}"/>${shown.join('')}</g>`;
}

function lineAt(x: number, y: number, words: string, more: string): string {
  return `<text x="${x}" y="${y}"${more}>${escaped(words)}</text>`;
}

/** The middle goes: ids and ARNs differ at their ends. */
function short(words: string): string {
  if (words.length <= MOST) return words;
  const half = (MOST - 1) >> 1;
  return `${words.slice(0, half)}…${words.slice(-half)}`;
}

function escaped(words: string): string {
  return letters(words).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
