/**
 * A route table's quota of routes, in which a prefix list counts as its greatest size, and local routes do not count.
 * https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
 */
import type { Intent } from '../../../model/intent.ts';
import { quotaOf } from '../../../model/quotas.ts';
import type { RouteTable } from '../../../model/resources.ts';
import { localBlocks } from '../../../model/vpc-blocks.ts';

export function fitsRoutes(intent: Intent, table: RouteTable): boolean {
  const locals = localBlocks(intent, table);
  const count = table.routes.reduce((sum, { destination }) => {
    if (locals.includes(destination)) return sum;
    return sum + (intent.table('prefixList').get(destination)?.maxEntries ?? 1);
  }, 0);
  return count <= quotaOf(intent, 'routesPerTable', table);
}
