/** The address blocks of a VPC, of both families. Each has a local route in every table of the VPC. */
import type { Intent } from './intent.ts';
import type { RouteTable, Vpc } from './resources.ts';

/** The primary IPv4 block first, IPv6 blocks last; none of a VPC that is gone. */
export function blocksOf(vpc: Pick<Vpc, 'cidrs' | 'ipv6Cidrs'> | undefined): readonly string[] {
  return vpc === undefined ? [] : [...vpc.cidrs, ...vpc.ipv6Cidrs];
}

/** Those of the VPC that the table is of: the destinations of its local routes. */
export function localBlocks(intent: Intent, { vpcId }: Pick<RouteTable, 'vpcId'>): readonly string[] {
  return blocksOf(intent.table('vpc').get(vpcId));
}
