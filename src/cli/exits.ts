/** Exit codes, one for each thing that a script may want to tell apart. README.md lists them; the launcher uses them too. */
import { Fault } from '../host/fault.ts';

export const EXITS = {
  failed: 1,
  usage: 2,
  notRoot: 3,
  kernel: 4,
  portTaken: 5,
  noSpace: 6,
  notRunning: 7,
  alreadyRunning: 8,
  setUp: 9,
  differs: 10,
  unreadable: 11,
} as const;

/** A command that cannot go on: its sentence is for the user, its code for scripts. */
export class Exit extends Fault {
  readonly exitCode: number;
  constructor(why: keyof typeof EXITS | number, sentence: string, cause?: unknown) {
    super(sentence, cause);
    this.exitCode = typeof why === 'number' ? why : EXITS[why];
  }
}
