/**
 * `culvert scenario FILE…`: plays scenario files (docs/scenarios.md), each on a Culvert of its own that is gone afterwards, and
 * tells each step as it happens. Exit code 0 only if all is as the files say.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { relative, resolve } from 'node:path';
import { findingText } from '../scenario/finding.ts';
import { type Played, playFile } from '../scenario/play.ts';
import { needKernel, needRoot } from './checks.ts';
import { EXITS, Exit } from './exits.ts';
import { duration, penFor } from './text.ts';

const RESULT_CHARACTERS = 160;

export async function scenario(files: readonly string[]): Promise<void> {
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Exit('usage', `there is no file ${missing}`);
  needRoot('culvert scenario');
  await needKernel();
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.exitCode = 128 + constants.signals[signal];
      interruption.abort();
    });
  }
  for (const file of files) {
    const isGood = await play(file, interruption.signal);
    // The step that was not waited for may still wait itself.
    if (interruption.signal.aborted) process.exit();
    if (!isGood) process.exitCode = EXITS.failed;
  }
}

async function play(file: string, signal: AbortSignal): Promise<boolean> {
  const pen = penFor(process.stdout);
  const print = (line = '') => process.stdout.write(`${line}\n`);
  const started = performance.now();
  print(pen('bold', file));
  const { title, played, stopped, findings } = await playFile(resolve(file), {
    signal,
    onPlayed: (step) => {
      for (const line of stepLines(step, pen)) print(line);
    },
  });
  const here = (path: string) => relative(process.cwd(), path);
  for (const finding of findings) print(pen('red', findingText({ ...finding, file: here(finding.file) })));
  if (stopped !== null) print(pen('red', stopped));
  const isGood = findings.length === 0 && stopped === null;
  const words = isGood
    ? `✓ ${title}: ${played.length} steps, each as told (${duration(performance.now() - started)})`
    : `✗ ${title}: not as told`;
  print(pen(['bold', isGood ? 'green' : 'red'], words));
  return isGood;
}

function stepLines({ text, result, findings, milliseconds }: Played, pen: ReturnType<typeof penFor>): string[] {
  const mark = findings.length === 0 ? pen('green', '✓') : pen('red', '✗');
  const short = result.length > RESULT_CHARACTERS ? `${result.slice(0, RESULT_CHARACTERS)} …` : result;
  const took = pen('dim', duration(milliseconds));
  return [`  ${mark} ${text} ${took}`, ...(short === '' ? [] : [`      ${pen('dim', short)}`])];
}
