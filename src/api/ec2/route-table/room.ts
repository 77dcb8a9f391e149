/**
 * A route table's quota of routes, in which a prefix list counts as its greatest size.
 * https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
 */
import type { Intent } from '../../../model/intent.ts';
import { quotaOf } from '../../../model/quotas.ts';
import type { RouteTable } from '../../../model/resources.ts';

export function fitsRoutes(
  intent: Intent,
  { routes, ...owner }: Pick<RouteTable, 'routes' | 'account' | 'region'>,
): boolean {
  const count = routes.reduce(
    (sum, { destination }) => sum + (intent.table('prefixList').get(destination)?.maxEntries ?? 1),
    0,
  );
  return count <= quotaOf(intent, 'routesPerTable', owner);
}
