/** How a story is told: as text while it is played, or as one JSON document when it is over. */
import type { Audience, Line, Step, Table } from '../../scenarios/stage.ts';
import { columns, duration, penFor } from './text.ts';

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
    table([heads = [], ...rows]) {
      // As wide as a cell may be before it goes on below.
      const cells = [heads.map((head) => pen('bold', head)), ...rows].flatMap((row) => inLines(row, CELL));
      print();
      for (const line of columns(cells, '   ')) print(line);
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

const CELL = 44;

/** A row as lines of cells no wider than `most`, broken at blanks. */
function inLines(row: readonly string[], most: number): string[][] {
  const broken = row.map((cell) => {
    const lines = [''];
    for (const word of cell.split(' ')) {
      const last = lines.length - 1;
      const longer = lines[last] === '' ? word : `${lines[last]} ${word}`;
      if (longer.length <= most || lines[last] === '') lines[last] = longer;
      else lines.push(word);
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
