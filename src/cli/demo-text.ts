/** How a story is told: as text while it is played, or as one JSON document when it is over. */
import type { Audience, Line, Step, Table } from '../../scenarios/stage.ts';
import { columns, duration, type Pen, penFor } from './text.ts';

export interface Teller extends Audience {
  opening(words: string): void;
  closing(ending: Ending): void;
}

export interface Ending {
  /** Why the story is not as told; null: it is. */
  readonly failure: string | null;
  /** What is said of the host afterwards. */
  readonly words: string;
  readonly milliseconds: number;
}

export function textTeller(title: string): Teller {
  const out = process.stdout;
  const pen = penFor(out);
  const print = (line = '') => out.write(`${line}\n`);
  const took = (milliseconds: number) => pen('dim', duration(milliseconds));
  const prompts: Readonly<Record<string, string>> = { host: '$', js: 'js>' };
  let told = 0;
  return {
    opening(words) {
      print(pen('bold', title));
      print(pen('dim', words));
    },
    step(step) {
      print();
      print(pen(['bold', 'cyan'], `${step.number}. ${step.title}`));
    },
    begin({ where, text }) {
      print(`   ${pen('dim', prompts[where] ?? `[${where}] $`)} ${text}`);
    },
    end({ where, text, result, ok, milliseconds }) {
      const mark = ok === true ? pen('green', '✓') : pen('red', '✗');
      if (where === 'check') print(`   ${mark} ${text}${result === '' ? '' : `: ${result}`}`);
      else print(`     ${mark} ${result === '' ? '' : `${result} `}${took(milliseconds)}`);
    },
    table(rows) {
      print();
      for (const line of tableLines(rows, pen)) print(line);
      print();
    },
    stepEnd(step) {
      told++;
      print(
        `   ${step.ok === true ? pen('green', '✓') : pen('red', '✗')} ${pen('bold', `step ${step.number}`)} ${took(step.milliseconds)}`,
      );
    },
    closing({ failure, words, milliseconds }) {
      print();
      print(failure === null ? `${pen('green', '✓')} ${words}` : words);
      print(
        failure === null
          ? pen(['bold', 'green'], `✓ ${told} steps, each did what it should (${duration(milliseconds)})`)
          : pen(['bold', 'red'], `✗ not as told: ${failure}`),
      );
    },
  };
}

/** Of a terminal's window that nobody has made wider. */
const WIDE = 100;
const BETWEEN = 2;

/** The heads of its columns first. Where cells go on below, a blank line is between its rows. */
export function tableLines(table: Table, pen: Pen): string[] {
  const indent = '   ';
  const widths = widthsOf(table, WIDE - indent.length);
  const [heads = [], ...rows] = table.map((row) => inLines(row, widths));
  const isBroken = rows.some(({ length }) => length > 1);
  const cells = [
    ...heads.map((line) => line.map((head) => pen('bold', head))),
    ...rows.flatMap((lines) => (isBroken ? [[], ...lines] : lines)),
  ];
  return columns(cells, indent);
}

/** As many as there is room for on a line, once what is shorter than that has its own: then all that are longer have the same. */
function widthsOf(rows: Table, room: number): readonly number[] {
  const [heads = []] = rows;
  const natural = heads.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  let left = room - BETWEEN * (heads.length - 1);
  let others = natural.length;
  let most = Number.POSITIVE_INFINITY;
  for (const width of natural.toSorted((a, b) => a - b)) {
    const share = Math.floor(left / others--);
    if (width > share) most = Math.min(most, share);
    left -= Math.min(width, share);
  }
  return natural.map((width) => Math.min(width, most));
}

/** A row as lines of cells no wider than that, broken at blanks, and long names before a capital or after an underscore. */
function inLines(row: readonly string[], widths: readonly number[]): string[][] {
  const broken = row.map((cell, at) => {
    const most = widths[at] ?? 0;
    const lines = [''];
    const add = (word: string, blank: string) => {
      const last = lines.length - 1;
      const longer = lines[last] === '' ? word : `${lines[last]}${blank}${word}`;
      if (longer.length <= most || lines[last] === '') lines[last] = longer;
      else lines.push(word);
    };
    for (const word of cell.split(' ')) {
      if (word.length <= most) add(word, ' ');
      else for (const [part, piece] of word.split(/(?<=_)|(?=[A-Z][a-z])/).entries()) add(piece, part === 0 ? ' ' : '');
    }
    return lines;
  });
  const height = Math.max(...broken.map(({ length }) => length));
  return Array.from({ length: height }, (_, at) => broken.map((lines) => lines[at] ?? ''));
}

export function jsonTeller(title: string): Teller {
  const steps: Step[] = [];
  const tables: Table[] = [];
  const silent = (_line: Line) => {};
  return {
    opening() {},
    step: (step) => void steps.push(step),
    begin: silent,
    end: silent,
    stepEnd() {},
    table: (rows) => void tables.push(rows),
    closing({ failure, words, milliseconds }) {
      const report = { story: title, ok: failure === null, failure, after: words, milliseconds, steps, tables };
      const rounded = (key: string, value: unknown) => (key === 'milliseconds' ? Math.round(value as number) : value);
      process.stdout.write(`${JSON.stringify(report, rounded, 2)}\n`);
    },
  };
}
