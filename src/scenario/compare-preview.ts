/** Steps that ask what calls would open and close: all of what they would must be as the scenario says. */
import type { Change } from '../analyse/reach-diff.ts';
import { type Calls, NotPlayed, previewOf } from '../daemon/preview.ts';
import type { Finding } from './finding.ts';
import type { PreviewStep } from './syntax.ts';
import type { World } from './world.ts';

export async function comparePreview(
  world: World,
  step: PreviewStep,
  calls: Calls,
  names: ReadonlyMap<string, string>,
  findings: Finding[],
): Promise<string> {
  const nameOf = new Map([...names].map(([name, value]) => [value, name] as const));
  const told = await tell(world, calls, (id) => nameOf.get(id) ?? id);
  const wanted = step.expected.map(({ value }) => value);
  for (const each of step.expected) {
    if (told.includes(each.value)) continue;
    const got = told.length === 0 ? 'nothing' : told.join('\n            ');
    findings.push({ ...each, expected: each.value, got: [['plan', got]], golden: null });
  }
  for (const each of told) {
    if (wanted.includes(each)) continue;
    findings.push({
      line: step.line,
      before: step.text,
      expected: 'nothing else',
      got: [['plan', each]],
      golden: null,
    });
  }
  return told.join(' · ');
}

async function tell(world: World, calls: Calls, name: (id: string) => string): Promise<readonly string[]> {
  try {
    const { reach } = await previewOf(world.deciding, world.defaultAccount, calls);
    return reach.flatMap((change) => linesOf(change, name));
  } catch (error) {
    if (error instanceof NotPlayed && error.code !== null) return [`error ${error.code}`];
    throw error;
  }
}

/** A line for each pair. */
function linesOf({ kind, ports, from, to }: Change, name: (id: string) => string): readonly string[] {
  return from.flatMap((sender) =>
    to.flatMap((receiver) => {
      const [a, b] = [sender.machine ?? sender.id, receiver.machine ?? receiver.id];
      return a === b ? [] : `${kind}: ${ports.join(', ')} ${name(a)} -> ${name(b)}`;
    }),
  );
}
