/**
 * `culvert plan --diff FILE`: what calls would change, before they are made: decided on a copy, nothing is stored. Exit code 0: all of
 * them would be let through; 1: one would not, and it is told which and why. `--save FILE`: the Plan in force, to compare with later.
 */
import { closeSync, fchmodSync, openSync, writeFileSync } from 'node:fs';
import type { PreviewAnswer, Unplayed } from '../daemon/admin-reach.ts';
import type { Calls } from '../daemon/preview.ts';
import type { Paths } from '../host/paths.ts';
import type { Plan } from '../plan/plan.ts';
import { filesOf, parseCalls } from '../scenario/calls-file.ts';
import { SyntaxFault } from '../scenario/syntax.ts';
import { previewLines, readText } from './changes.ts';
import { ALL_PAIRS_MS, ask } from './control.ts';
import { Exit } from './exits.ts';
import { penFor } from './text.ts';

/** Keys of certificates are in a Plan. */
const PRIVATE = 0o600;

export interface PlanOptions {
  readonly diff?: string;
  readonly save?: string;
  readonly json?: boolean;
}

export async function plan(paths: Paths, { diff, save, json }: PlanOptions): Promise<void> {
  if (save !== undefined && diff === undefined) return savePlan(paths, save);
  if (save !== undefined || diff === undefined) throw new Exit('usage', 'one of --diff and --save is needed');
  const found = await ask<PreviewAnswer>(paths, 'POST', '/culvert/preview', readCalls(diff), ALL_PAIRS_MS);
  if (json === true) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  if (found.kind === 'unplayed') throw unplayed(diff, found);
  if (json !== true) process.stdout.write(`${previewLines(found, penFor(process.stdout)).join('\n')}\n`);
}

async function savePlan(paths: Paths, file: string): Promise<void> {
  const found = await ask<Plan>(paths, 'GET', '/culvert/plan');
  try {
    const fd = openSync(file, 'w', PRIVATE);
    try {
      // One that was there keeps its mode else.
      fchmodSync(fd, PRIVATE);
      writeFileSync(fd, `${JSON.stringify(found)}\n`);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw new Exit('failed', `${file} cannot be written`, cause);
  }
  process.stdout.write(`the Plan of revision ${found.revision} is in ${file}\n`);
}

/** With the files that its calls name, whose paths are relative to where one stands, as the AWS CLI has it. */
export function readCalls(file: string): Calls {
  const text = readText(file);
  try {
    const files = Object.fromEntries(filesOf(parseCalls(text)).map((name) => [name, readText(name)]));
    return { text, files, region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? null };
  } catch (error) {
    if (error instanceof SyntaxFault) throw new Exit('unreadable', `${file}:${error.line}: ${error.message}`);
    throw error;
  }
}

export function unplayed(file: string, { line, code, sentence }: Unplayed): Exit {
  return new Exit(code === null ? 'unreadable' : 'failed', `${file}:${line}: ${sentence}`);
}
