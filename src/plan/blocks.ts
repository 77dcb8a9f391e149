/** The address blocks of a segment, of whichever families it has, IPv4 first. */
import type { Segment } from './plan.ts';

export function segmentBlocks({ cidr, ipv6Cidr }: Pick<Segment, 'cidr' | 'ipv6Cidr'>): readonly string[] {
  return [cidr ?? [], ipv6Cidr ?? []].flat();
}
