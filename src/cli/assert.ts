/**
 * `culvert assert FILE`: policies as tests. Exit code 0: all hold; 1: one is broken; 11: the file, or that of `--with`, is not what it
 * should be. Each broken one is told with a way that shows it, and the command to look deeper.
 */
import type { Broken, Example, Judgement } from '../analyse/judge.ts';
import type { AssertAnswer, AssertQuestion } from '../daemon/admin-reach.ts';
import type { NameTags } from '../daemon/name-tags.ts';
import type { Paths } from '../host/paths.ts';
import { ends, few, readText } from './changes.ts';
import { ALL_PAIRS_MS, ask } from './control.ts';
import { EXITS, Exit } from './exits.ts';
import { readCalls, unplayed } from './plan.ts';
import { type Pen, penFor } from './text.ts';

export interface AssertOptions {
  readonly with?: string;
  readonly json?: boolean;
}

/** Of the ways that break one policy, how many are told. */
const TOLD = 3;

export async function assertPolicies(paths: Paths, file: string, { with: change, json }: AssertOptions): Promise<void> {
  const question: AssertQuestion = {
    text: readText(file),
    ...(change !== undefined && { calls: readCalls(change) }),
  };
  const found = await ask<AssertAnswer>(paths, 'POST', '/culvert/assert', question, ALL_PAIRS_MS);
  if (json === true) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  if (found.kind === 'unplayed') throw unplayed(change ?? '', found);
  if (found.kind === 'unread') throw new Exit('unreadable', `${file}:${found.line}: ${found.sentence}`);
  const lines = judgementLines(
    found.judgements,
    found.names,
    { file, isMade: change === undefined },
    penFor(process.stdout),
  );
  if (json !== true) process.stdout.write(`${lines.join('\n')}\n`);
  if (found.judgements.some(({ isHeld }) => !isHeld)) process.exitCode = EXITS.failed;
}

/** `isMade`: it is about what is there, not about what calls would make. */
export function judgementLines(
  judgements: readonly Judgement[],
  names: NameTags,
  { file, isMade }: { readonly file: string; readonly isMade: boolean },
  pen: Pen,
): string[] {
  const broken = judgements.filter(({ isHeld }) => !isHeld).length;
  const after = isMade ? '' : ' after these calls';
  return [
    ...judgements.flatMap((each) => [
      `${each.isHeld ? pen('green', '✓') : pen('red', '✗')} ${each.assertion.text}${each.isHeld ? '' : pen('dim', `  ${file}:${each.assertion.line}`)}`,
      ...(each.pairs === 0 ? [pen('yellow', '    nobody is there whom this is about')] : []),
      ...each.broken.slice(0, TOLD).flatMap((way) => brokenLines(way, each, names, pen)),
      ...(each.broken.length > TOLD ? [`    and ${each.broken.length - TOLD} more`] : []),
    ]),
    '',
    broken === 0
      ? pen('green', `${count(judgements.length)} hold${judgements.length === 1 ? 's' : ''}${after}`)
      : pen('red', `${broken} of ${count(judgements.length)} ${broken === 1 ? 'is' : 'are'} broken${after}`),
  ];
}

function count(policies: number): string {
  return policies === 1 ? '1 policy' : `${policies} policies`;
}

function brokenLines(
  { ports, from, to, outcome, through, code, example }: Broken,
  { assertion }: Judgement,
  names: NameTags,
  pen: Pen,
): string[] {
  const fate =
    outcome === 'depends'
      ? `some connections${code === null ? '' : `, others ${code}`}`
      : outcome === 'delivered'
        ? ''
        : (code ?? (example.address === null ? 'no address to send to' : 'what is sent there arrives elsewhere'));
  const remarks = [fate, through.length === 0 ? '' : `through ${few(through)}`]
    .filter((each) => each !== '')
    .join(', ');
  const goes = assertion.mode === 'never' || outcome !== 'dropped' ? '→' : '↛';
  return [
    `    ${few(ports)}  ${ends(from, names)} ${goes} ${ends(to, names)}${remarks === '' ? '' : `  (${remarks})`}`,
    ...(example.hops.length === 0
      ? []
      : [pen('dim', `      ${example.machine ?? example.from}: ${example.hops.join(' → ')} → ${example.address}`)]),
    pen('dim', `      $ ${commandOf(example)}`),
  ];
}

function commandOf({ from, machine, address, ask: asked }: Example): string {
  const how =
    asked.protocol === '1'
      ? ' --protocol icmp'
      : `${asked.protocol === '17' ? ' --protocol udp' : ''} --port ${asked.port}`;
  if (machine === null) return `culvert reach --to ${address ?? ''}${how}`;
  return `culvert why ${machine ?? from} ${address ?? ''}${how}`;
}
