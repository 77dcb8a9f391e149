/** Steps that ask about all ways at once, what calls would open and close, and whether policies hold: all of it must be as written. */
import type { NameChange } from '../analyse/name-diff.ts';
import type { Change } from '../analyse/reach-diff.ts';
import { judgeAll } from '../daemon/judge-all.ts';
import { decideAll, NotPlayed, previewOf } from '../daemon/preview.ts';
import type { Finding } from './finding.ts';
import type { AssertStep, PreviewStep } from './syntax.ts';
import type { World } from './world.ts';

export interface Texts {
  readonly file: string;
  readonly calls: string | null;
}

export async function comparePreview(
  world: World,
  step: PreviewStep | AssertStep,
  texts: Texts,
  names: ReadonlyMap<string, string>,
  findings: Finding[],
): Promise<string> {
  const nameOf = new Map([...names].map(([name, value]) => [value, name] as const));
  const name = (id: string) => nameOf.get(id) ?? id;
  const told = step.kind === 'preview' ? await changesBy(world, texts.file, name) : await brokenIn(world, texts, name);
  for (const each of step.expected) {
    if (told.includes(each.value)) continue;
    const got = told.length === 0 ? 'nothing' : told.join('\n            ');
    findings.push({ ...each, expected: each.value, got: [[step.text.split(' ')[0] ?? '', got]], golden: null });
  }
  const wanted = step.expected.map(({ value }) => value);
  for (const each of told) {
    if (wanted.includes(each)) continue;
    findings.push({ line: step.line, before: step.text, expected: 'nothing else', got: [['got', each]], golden: null });
  }
  return told.join(' · ');
}

async function changesBy(world: World, text: string, name: (id: string) => string): Promise<readonly string[]> {
  try {
    const { reach, lookups } = await previewOf(world.deciding, world.defaultAccount, { text, files: {} });
    return [
      ...reach.flatMap((change) => pairsOf(change, name).map((pair) => `${change.kind}: ${pair}`)),
      ...lookups.flatMap((change) => lookupTexts(change, name)),
    ];
  } catch (error) {
    if (error instanceof NotPlayed && error.code !== null) return [`error ${error.code}`];
    throw error;
  }
}

function lookupTexts({ names, domain, before, after, fares }: NameChange, name: (id: string) => string): string[] {
  const [was, is] = [before, after].map((text) => text.split(' ').map(name).join(' '));
  return names.flatMap((each) => [
    `resolves: ${each} in ${name(domain)}: ${was} -> ${is}`,
    ...fares.flatMap(({ kind, ask, from }) =>
      from.map(({ id, machine }) => `${kind}: ${ask} ${name(machine ?? id)} -> ${each}`),
    ),
  ]);
}

async function brokenIn(
  world: World,
  { file, calls }: Texts,
  name: (id: string) => string,
): Promise<readonly string[]> {
  const { deciding, defaultAccount, known } = world;
  const where =
    calls === null
      ? await known(undefined)
      : (await decideAll(deciding, defaultAccount, { text: calls, files: {} })).after;
  const { judgements } = await judgeAll(file, where);
  return judgements.flatMap(({ isHeld, broken, assertion: { line } }) => {
    const told = isHeld || broken.length > 0 ? broken.flatMap((each) => pairsOf(each, name)) : ['nobody'];
    return told.map((each) => `line ${line}: ${each}`);
  });
}

/** A text for each pair. */
function pairsOf(
  { ports, from, to }: Pick<Change, 'ports' | 'from' | 'to'>,
  name: (id: string) => string,
): readonly string[] {
  return from.flatMap((sender) =>
    to.flatMap((receiver) => {
      const [a, b] = [sender.machine ?? sender.id, receiver.machine ?? receiver.id];
      return a === b ? [] : `${ports.join(', ')} ${name(a)} -> ${name(b)}`;
    }),
  );
}
