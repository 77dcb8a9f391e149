/** AWS's own prefix lists by id, as every account of the region sees them. */
import { type AwsPrefixList, awsPrefixList } from '../../../model/aws-prefix-lists.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Context } from '../../action.ts';

export function findAwsList(context: Context, id: string): AwsPrefixList {
  if (!/^pl-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) refuse('InvalidPrefixListId.Malformed', `Invalid id: "${id}"`);
  return (
    awsPrefixList(id, context.region) ??
    refuse('InvalidPrefixListID.NotFound', `The prefix list ID '${id}' does not exist`)
  );
}
