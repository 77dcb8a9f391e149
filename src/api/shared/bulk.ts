/**
 * Calls that do the same to several things, one after the other: what is refused for one is told beside, with status 200, and
 * the others are done. Each is judged as things will be once those before it are done.
 */
import type { UnsuccessfulItem } from '@aws-sdk/client-ec2';
import type { Edit } from '../../model/edit.ts';
import { withEdits } from '../../model/intent.ts';
import { Refusal } from '../../model/refusal.ts';
import type { Context } from '../action.ts';
import { distinct } from './input.ts';

export function eachOrUnsuccessful(
  ids: readonly string[],
  context: Context,
  decide: (id: string, context: Context) => readonly Edit[],
): { readonly edits: readonly Edit[]; readonly output: { Unsuccessful: UnsuccessfulItem[] } } {
  const edits: Edit[] = [];
  const failed: UnsuccessfulItem[] = [];
  for (const id of distinct(ids)) {
    try {
      edits.push(...decide(id, { ...context, intent: withEdits(context.intent, edits) }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed.push({ ResourceId: id, Error: { Code: error.code, Message: error.message } });
    }
  }
  return { edits, output: { Unsuccessful: failed } };
}
