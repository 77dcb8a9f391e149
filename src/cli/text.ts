/** Text for people: colours only where a terminal shows them (and NO_COLOR does not forbid it), tables without borders. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { Exit } from './exits.ts';

type Style = Parameters<typeof styleText>[0];

export type Pen = (style: Style, text: string) => string;

export function penFor(stream: NodeJS.WriteStream): Pen {
  return (style, text) => styleText(style, text, { stream });
}

/** Columns padded to their widest cell; two blanks between. */
export function columns(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(cell));
  }
  return rows.map((row) =>
    (indent + row.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - width(cell))).join('  ')).trimEnd(),
  );
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What somebody else wrote: nothing of it moves a terminal's cursor, or begins a line of its own. */
export function letters(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd');
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of "30s", "10m", "2h", "1d". */
export function spanOf(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new Exit('usage', `--since is a number and s, m, h or d, such as 10m; not ${text}`);
  return Number(count) * (UNITS[unit] ?? 0);
}

/** A process that goes down the pipe's other end is no error of ours: `culvert status | head`. */
export function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}
