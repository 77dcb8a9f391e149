/**
 * A run of the fuzzer as people follow it: on a terminal one line that is rewritten, elsewhere a line each minute; and what became of
 * all packets and questions, once it is over.
 */
import { columns, duration } from '../../src/cli/text.ts';
import type { Counts } from './lab.ts';

const MINUTE_MS = 60_000;
const REDRAW_MS = 200;
/** To the line's start, and what was there is gone. */
const ERASE = '\r\x1b[K';

export interface Screen {
  readonly isTTY: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class Progress {
  readonly #screen: Screen;
  readonly #end: number;
  readonly #now: () => number;
  readonly #start: number;
  #told: number;

  /** `now` in milliseconds, of a clock that is not set. */
  constructor(screen: Screen, minutes: number, now: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#now = now;
    this.#start = now();
    this.#told = this.#start;
    this.#end = this.#start + minutes * MINUTE_MS;
  }

  get elapsedMs(): number {
    return this.#now() - this.#start;
  }

  get isOver(): boolean {
    return this.#now() >= this.#end;
  }

  /** After each step of the run, however short. `doing`: other than going on. */
  tell(counts: Counts, doing = ''): void {
    const { isTTY, columns: width = 80 } = this.#screen;
    const now = this.#now();
    if (now - this.#told < (isTTY ? REDRAW_MS : MINUTE_MS)) return;
    this.#told = now;
    const time = `${duration(now - this.#start)} of ${duration(this.#end - this.#start)}`;
    const line = `${time}: ${doing}${amounts(counts)}`;
    this.#screen.write(isTTY ? `${ERASE}${line.slice(0, width - 1)}` : `${line}\n`);
  }

  /** Lines that stay. */
  print(text: string): void {
    this.#screen.write(`${this.#screen.isTTY ? ERASE : ''}${text}\n`);
  }
}

/** What was done, and what came of it; the most frequent first. */
export function summaryOf(counts: Counts, elapsedMs: number): string {
  const { packets, fates, unsent, questions, answers, unasked, calls, refused } = counts;
  const shares = [...sharesOf('packets', packets, fates), ...sharesOf('questions', questions, answers)];
  const others = [
    ['unsent', number(unsent), '', 'flows without a sender, or without a receiver'],
    ['unasked', number(unasked), '', 'questions that nobody here answers, or of which several might'],
    ['refused', number(refused), '', `of ${number(calls)} API calls, as AWS would`],
  ];
  const rows = [...shares, ...others];
  const widest = Math.max(...rows.map(([, amount = '']) => amount.length));
  const lines = columns(rows.map(([what = '', amount = '', ...rest]) => [what, amount.padStart(widest), ...rest]));
  return [`${amounts(counts)} in ${duration(elapsedMs)}`, ...lines].join('\n');
}

function sharesOf(what: string, all: number, parts: Readonly<Record<string, number>>): string[][] {
  const found = Object.entries(parts).sort(([, a], [, b]) => b - a);
  return found.map(([name, count], at) => {
    const share = `${((100 * count) / all).toFixed(1)} %`;
    return [at === 0 ? what : '', number(count), share.padStart(7), name];
  });
}

function amounts({ topologies, packets, questions }: Counts): string {
  return `${number(topologies)} topologies, ${number(packets)} packets, ${number(questions)} questions`;
}

function number(count: number): string {
  return count.toLocaleString('en');
}
