/**
 * A route table's quota of routes, in which a prefix list counts as its greatest size.
 * https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
 */
import type { Intent } from '../../../model/intent.ts';
import type { RouteTable } from '../../../model/resources.ts';
import { MAX_ROUTES_PER_TABLE } from '../limits.ts';

export function fitsRoutes(intent: Intent, { routes }: Pick<RouteTable, 'routes'>): boolean {
  const count = routes.reduce(
    (sum, { destination }) => sum + (intent.table('prefixList').get(destination)?.maxEntries ?? 1),
    0,
  );
  return count <= MAX_ROUTES_PER_TABLE;
}
