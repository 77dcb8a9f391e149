/** The members that every new resource of this service starts with. */
import type { Resource } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import type { Tags } from '../shared/tags.ts';

export function newElbResource(context: Context, id: string, tags: Tags): Resource {
  return { id, account: context.account, region: context.region, tags, createdAt: context.now };
}
