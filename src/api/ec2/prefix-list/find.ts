/** Prefix lists by id: AWS's own, as every account of the region sees them, and the caller's. */
import { type AwsPrefixList, awsPrefixList } from '../../../model/aws-prefix-lists.ts';
import { isId } from '../../../model/ids.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PrefixList } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';

export type AnyList = AwsPrefixList | PrefixList;

export function findList(context: Context, id: string): AnyList {
  // AWS's first: some of their ids are of eight digits, as old ones are.
  const aws = isId('prefixList', id) ? awsPrefixList(id, context.region) : undefined;
  return aws ?? find(context, 'prefixList', id);
}

/** For calls that change it. */
export function findOwnList(context: Context, id: string): PrefixList {
  const list = findList(context, id);
  if (!isOwn(list)) refuse('UnsupportedOperation', `The prefix list '${id}' is managed by AWS and cannot be changed.`);
  return list;
}

export function isOwn(list: AnyList): list is PrefixList {
  return 'kind' in list;
}

export function findAwsList(context: Context, id: string): AwsPrefixList {
  const list = findList(context, id);
  return isOwn(list)
    ? refuse('InvalidPrefixListID.NotFound', `The prefix list ID '${id}' is not that of a service`)
    : list;
}
