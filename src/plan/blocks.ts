/** Blocks of addresses that several rooms ask for. */
import type { Segment } from './plan.ts';

/** Public addresses in the internet domain: customers' own, then AWS's services and mirrors. The outside has none of them. */
export const OWN_PUBLIC = '198.18.0.0/15';

/** Of a segment, of whichever families it has, IPv4 first. */
export function segmentBlocks({ cidr, ipv6Cidr }: Pick<Segment, 'cidr' | 'ipv6Cidr'>): readonly string[] {
  return [cidr ?? [], ipv6Cidr ?? []].flat();
}
