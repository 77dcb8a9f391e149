/**
 * Network ACLs with their entries in the order in which they are asked. The last entry, which denies all, is implied at AWS and
 * here. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
 */
import type { Intent } from '../../model/intent.ts';
import type { NetworkAcl, NetworkAclEntry } from '../../model/resources.ts';
import { joined, ordered } from '../lists.ts';
import { remember } from '../memo.ts';
import { sortById } from '../order.ts';
import type { Acl, AclEntry } from '../plan.ts';

export function compileAcls(intent: Intent): readonly Acl[] {
  return sortById([...intent.table('networkAcl').all()].map(aclOf));
}

const aclOf = remember((acl: NetworkAcl): Acl => {
  const chunks = sorted(acl.entries);
  return {
    id: acl.id,
    origin: [acl.id, acl.vpcId],
    domain: acl.vpcId,
    ingress: joined(chunks.map(ingressIn)),
    egress: joined(chunks.map(egressIn)),
  };
});

/** By number, of which each direction has its own. */
const sorted = ordered({
  imageOf: (entry: NetworkAclEntry) => entry,
  compare: (a, b) => a.number - b.number || Number(a.egress) - Number(b.egress),
});

const entriesIn = (isEgress: boolean) =>
  remember((entries: readonly NetworkAclEntry[]) => entries.filter(({ egress }) => egress === isEgress).map(entryOf));
const ingressIn = entriesIn(false);
const egressIn = entriesIn(true);

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
