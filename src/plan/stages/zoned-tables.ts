/** A route table's routes in order, and which of its tables a subnet follows: routes to a transit gateway depend on the zone, see plan.ts (RouteTable). */
import { isListId } from '../../model/prefix-lists.ts';
import type { Route, RouteTable } from '../../model/resources.ts';
import { ordered } from '../lists.ts';
import { remember } from '../memo.ts';
import { compareDestinations, compareText } from '../order.ts';

export const isZoned = remember(({ routes }: RouteTable): boolean => sortedRoutes(routes).some(leadsToHub));

const leadsToHub = remember((routes: readonly Route[]) =>
  routes.some(({ target }) => target.kind === 'transitGateway'),
);

/** By block; those to prefix lists last. */
export const sortedRoutes = ordered({
  imageOf: (route: Route) => route,
  compare: (a, b) =>
    isListId(a.destination) || isListId(b.destination)
      ? compareText(a.destination, b.destination)
      : compareDestinations(a, b),
});

export function tableIn(table: RouteTable | undefined, id: string, zone: string): string {
  return table !== undefined && isZoned(table) ? zonedId(id, zone) : id;
}

export function zonedId(id: string, zone: string): string {
  return `${id}/${zone}`;
}
