/** Names of in-addr.arpa (RFC 1035 §3.5): of an address, and the zones that make up a block, cut at octets. */
import { type Cidr, cidrAddress } from '../../net/cidr.ts';

export function reverseName(address: string): string {
  return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
}

/** A block between two octets is several zones (10.0.0.0/15 is two); one longer than /24 lies inside one zone. */
export function reverseZones(block: Cidr): readonly string[] {
  const octets = Math.min(3, Math.max(1, Math.ceil(block.prefix / 8)));
  const step = 2 ** (32 - 8 * octets);
  const count = Math.max(1, 2 ** (8 * octets - block.prefix));
  return Array.from({ length: count }, (_, at) => {
    const labels = cidrAddress(block, at * step)
      .split('.')
      .slice(0, octets);
    return `${labels.reverse().join('.')}.in-addr.arpa`;
  });
}
