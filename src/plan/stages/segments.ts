/** Subnets become segments, each with the route table in force: its own association's, else the VPC's main table. */
import type { Intent } from '../../model/intent.ts';
import { cidrAddress, cidrOf } from '../../net/cidr.ts';
import { sortById } from '../order.ts';
import type { Segment } from '../plan.ts';

export function compileSegments(intent: Intent): readonly Segment[] {
  const explicit = new Map<string, string>();
  for (const association of intent.table('routeTableAssociation').all()) {
    if (association.subnetId !== null) explicit.set(association.subnetId, association.routeTableId);
  }
  const segments: Segment[] = [];
  for (const subnet of intent.table('subnet').all()) {
    const main = intent.table('vpc').get(subnet.vpcId)?.mainRouteTableId;
    const routeTable = explicit.get(subnet.id) ?? main;
    if (routeTable === undefined) throw new Error(`${subnet.id} lies in ${subnet.vpcId}, which does not exist`);
    segments.push({
      id: subnet.id,
      origin: [subnet.id, subnet.vpcId],
      domain: subnet.vpcId,
      cidr: subnet.cidr,
      routerAddress: cidrAddress(cidrOf(subnet.cidr), 1),
      routeTable,
      zone: subnet.zoneId,
    });
  }
  return sortById(segments);
}
