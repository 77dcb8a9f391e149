/**
 * What a default network ACL starts with; a custom one starts with nothing, and so denies all. A VPC's first IPv6 block adds that all
 * of IPv6 is allowed. https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
 */
import type { NetworkAcl, NetworkAclEntry } from '../../../model/resources.ts';
import { entryAt, withEntry } from './entry.ts';

export function allowAll(hasIpv6: boolean): readonly NetworkAclEntry[] {
  return [true, false].flatMap((egress) => [
    entry(100, egress, '0.0.0.0/0'),
    ...(hasIpv6 ? [entry(101, egress, '::/0')] : []),
  ]);
}

/** With what the VPC's first IPv6 block adds, where nothing of IPv6 is there. */
export function withIpv6(acl: NetworkAcl): NetworkAcl {
  if (acl.entries.some(({ cidr }) => cidr.includes(':'))) return acl;
  const free = allowAll(true).filter(
    (each) => each.cidr.includes(':') && entryAt(acl, each.number, each.egress) === undefined,
  );
  return free.reduce((after, each) => withEntry(after, each.number, each.egress, each), acl);
}

function entry(number: number, egress: boolean, cidr: string): NetworkAclEntry {
  return { number, egress, action: 'allow', protocol: '-1', cidr, ports: null };
}
