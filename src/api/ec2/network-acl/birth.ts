/**
 * What a default network ACL starts with; a custom one starts with nothing, and so denies all. A VPC's first IPv6 block adds that all
 * of IPv6 is allowed. https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
 */
import type { NetworkAclEntry } from '../../../model/resources.ts';

export function allowAll(hasIpv6: boolean): readonly NetworkAclEntry[] {
  return [true, false].flatMap((egress) => [
    entry(100, egress, '0.0.0.0/0'),
    ...(hasIpv6 ? [entry(101, egress, '::/0')] : []),
  ]);
}

function entry(number: number, egress: boolean, cidr: string): NetworkAclEntry {
  return { number, egress, action: 'allow', protocol: '-1', cidr, ports: null };
}
