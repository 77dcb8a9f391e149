/**
 * Subnets become segments, each with the route table and ACL in force: its own association's, else the VPC's main and default one. What comes from
 * the internet to an IPv6 address comes through the gateway that the table leads to: an internet gateway before an egress-only one.
 */
import type { Intent } from '../../model/intent.ts';
import type { RouteTable } from '../../model/resources.ts';
import { cidrAddress, cidrOf } from '../../net/cidr.ts';
import { isIpv6 } from '../../net/ip.ts';
import { sortById } from '../order.ts';
import type { Segment } from '../plan.ts';
import { tableIn } from './zoned-tables.ts';

export function compileSegments(intent: Intent): readonly Segment[] {
  const explicit = new Map<string, string>();
  for (const association of intent.table('routeTableAssociation').all()) {
    if (association.subnetId !== null) explicit.set(association.subnetId, association.routeTableId);
  }
  const acls = new Map<string, string>();
  for (const association of intent.table('networkAclAssociation').all()) {
    acls.set(association.subnetId, association.aclId);
  }
  const segments: Segment[] = [];
  for (const subnet of intent.table('subnet').all()) {
    const vpc = intent.table('vpc').get(subnet.vpcId);
    if (vpc === undefined) throw new Error(`${subnet.id} lies in ${subnet.vpcId}, which does not exist`);
    const routeTable = explicit.get(subnet.id) ?? vpc.mainRouteTableId;
    const table = intent.table('routeTable').get(routeTable);
    segments.push({
      id: subnet.id,
      origin: [subnet.id, subnet.vpcId],
      domain: subnet.vpcId,
      cidr: subnet.cidr,
      routerAddress: subnet.cidr === null ? null : cidrAddress(cidrOf(subnet.cidr), 1),
      ipv6Cidr: subnet.ipv6Cidr,
      ipv6Gateway: subnet.ipv6Cidr === null ? null : ipv6GatewayOf(intent, table),
      routeTable: tableIn(table, routeTable, subnet.zoneId),
      acl: acls.get(subnet.id) ?? vpc.defaultAclId,
      zone: subnet.zoneId,
    });
  }
  return sortById(segments);
}

function ipv6GatewayOf(intent: Intent, table: RouteTable | undefined): string | null {
  if (table === undefined) return null;
  const { vpcId } = table;
  const [internet] = intent.table('internetGateway').by('vpcId', vpcId);
  const isOfIpv6 = (destination: string) =>
    isIpv6(destination) || intent.table('prefixList').get(destination)?.addressFamily === 'IPv6';
  const named = table.routes.filter(({ destination }) => isOfIpv6(destination)).map(({ target }) => target.id);
  if (internet !== undefined && named.includes(internet.id)) return internet.id;
  const egressOnly = intent.table('egressOnlyInternetGateway').by('vpcId', vpcId);
  // Without a route out only the way back is missing: the internet finds it all the same.
  return (egressOnly.find(({ id }) => named.includes(id)) ?? internet ?? egressOnly[0])?.id ?? null;
}
