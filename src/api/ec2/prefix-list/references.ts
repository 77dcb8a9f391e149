/** What refers to a customer's prefix list. Only the owner's own can: lists are not shared. */
import type { PrefixList, RouteTable } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { ownBy } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';

/** Security groups by id. */
export function groupsWith(context: Context, { id }: PrefixList): readonly string[] {
  const rules = context.intent.table('securityGroupRule').by('peer.prefixListId', id);
  return distinct(rules.map(({ groupId }) => groupId));
}

export function tablesWith(context: Context, { id }: PrefixList): readonly RouteTable[] {
  return ownBy(context, 'routeTable', 'prefixListIds', id);
}
