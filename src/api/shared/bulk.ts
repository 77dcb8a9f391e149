/** Calls that do the same to several things: what is refused for one is told beside, with status 200, and the others are done. */
import type { UnsuccessfulItem } from '@aws-sdk/client-ec2';
import type { Edit } from '../../model/edit.ts';
import { Refusal } from '../../model/refusal.ts';
import { distinct } from './input.ts';

export function eachOrUnsuccessful(
  ids: readonly string[],
  decide: (id: string) => readonly Edit[],
): { readonly edits: readonly Edit[]; readonly output: { Unsuccessful: UnsuccessfulItem[] } } {
  const edits: Edit[] = [];
  const failed: UnsuccessfulItem[] = [];
  for (const id of distinct(ids)) {
    try {
      edits.push(...decide(id));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed.push({ ResourceId: id, Error: { Code: error.code, Message: error.message } });
    }
  }
  return { edits, output: { Unsuccessful: failed } };
}
