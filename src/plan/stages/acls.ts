/**
 * Network ACLs with their entries in the order in which they are asked. The last entry, which denies all, is implied at AWS and
 * here. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
 */
import type { Intent } from '../../model/intent.ts';
import type { NetworkAcl, NetworkAclEntry } from '../../model/resources.ts';
import { remember } from '../memo.ts';
import { sortById } from '../order.ts';
import type { Acl, AclEntry } from '../plan.ts';

export function compileAcls(intent: Intent): readonly Acl[] {
  return sortById([...intent.table('networkAcl').all()].map(aclOf));
}

const aclOf = remember(
  (acl: NetworkAcl): Acl => ({
    id: acl.id,
    origin: [acl.id, acl.vpcId],
    domain: acl.vpcId,
    ingress: entriesOf(acl.entries, false),
    egress: entriesOf(acl.entries, true),
  }),
);

function entriesOf(entries: readonly NetworkAclEntry[], egress: boolean): readonly AclEntry[] {
  return entries
    .filter((entry) => entry.egress === egress)
    .map(entryOf)
    .sort((a, b) => a.number - b.number);
}

const entryOf = remember(
  ({ number, action, protocol, ports, cidr }: NetworkAclEntry): AclEntry => ({
    number,
    action,
    protocol: protocol === '-1' ? 'any' : protocol,
    ports: isAll(protocol, ports) ? null : ports,
    cidr,
  }),
);

/** Whether a range of ports, or an ICMP type and code, is all there is of them. */
function isAll(protocol: string, ports: NetworkAclEntry['ports']): boolean {
  if (protocol === '1' || protocol === '58') return ports?.from === -1;
  return ports?.from === 0 && ports.to === 65_535;
}
