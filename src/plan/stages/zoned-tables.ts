/** Which of a route table's tables a subnet follows: routes to a transit gateway depend on the zone, see plan.ts (RouteTable). */
import type { RouteTable } from '../../model/resources.ts';

export function isZoned(table: RouteTable): boolean {
  return table.routes.some(({ target }) => target.kind === 'transitGateway');
}

export function tableIn(table: RouteTable | undefined, id: string, zone: string): string {
  return table !== undefined && isZoned(table) ? zonedId(id, zone) : id;
}

export function zonedId(id: string, zone: string): string {
  return `${id}/${zone}`;
}
