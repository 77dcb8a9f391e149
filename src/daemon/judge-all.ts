/** A file of policies judged on an Intent and its Plan. In slices. */
import { AssertionFault, parseAssertions } from '../analyse/assertion.ts';
import { type Judgement, judge } from '../analyse/judge.ts';
import { NotAsked } from '../analyse/why.ts';
import { inSlices } from '../host/slices.ts';
import { meaningIn } from './meanings.ts';
import { type NameTags, nameTags } from './name-tags.ts';
import type { Known } from './preview.ts';

export interface Judged {
  /** In the order of their lines. */
  readonly judgements: readonly Judgement[];
  /** Of what is in them, by id. */
  readonly names: NameTags;
}

/** Throws an AssertionFault where a line means nothing, or nobody who is there. */
export async function judgeAll(text: string, { intent, plan }: Known): Promise<Judged> {
  const assertions = parseAssertions(text);
  const meaning = meaningIn(intent, plan);
  const judgements: Judgement[] = [];
  for (const assertion of assertions) {
    try {
      judgements.push(await inSlices(judge(plan, assertion, meaning)));
    } catch (error) {
      throw error instanceof NotAsked ? new AssertionFault(assertion.line, error.message) : error;
    }
  }
  const ids = judgements.flatMap(({ broken }) =>
    broken.flatMap(({ from, to, through }) => [
      ...[...from, ...to].flatMap(({ id, machine }) => [id, machine ?? []].flat()),
      ...through,
    ]),
  );
  return { judgements, names: nameTags(ids, [intent]) };
}
