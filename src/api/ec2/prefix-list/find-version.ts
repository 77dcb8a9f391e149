/** A version of a list that is still kept. */
import { versionId } from '../../../model/prefix-lists.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PrefixList, PrefixListVersion } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';

export function findVersion(context: Context, list: PrefixList, version: number): PrefixListVersion {
  return (
    context.intent.table('prefixListVersion').get(versionId(list.id, version)) ??
    refuse('PrefixListVersionNotFound', `The version ${version} of the prefix list '${list.id}' does not exist`)
  );
}
