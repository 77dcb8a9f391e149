/** A network ACL as the SDK shows it: with the last entry of each direction, which denies what no other takes. */
import type { NetworkAcl as Shown, NetworkAclEntry as ShownEntry } from '@aws-sdk/client-ec2';
import type { NetworkAcl, NetworkAclEntry } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { viewTags } from '../../shared/tags.ts';
import { associationsOf } from './associations.ts';
import { WITH_TYPES } from './entry.ts';

const LAST_NUMBER = 32_767;
const LAST_IPV6_NUMBER = 32_768;

export function viewAcl(acl: NetworkAcl, context: Context): Shown {
  const hasIpv6 = (context.intent.table('vpc').get(acl.vpcId)?.ipv6Cidrs.length ?? 0) > 0;
  return {
    NetworkAclId: acl.id,
    VpcId: acl.vpcId,
    OwnerId: acl.account,
    IsDefault: acl.isDefault,
    Associations: associationsOf(acl, context).map(({ id, subnet }) => ({
      NetworkAclAssociationId: id,
      NetworkAclId: acl.id,
      SubnetId: subnet.id,
    })),
    Entries: [true, false].flatMap((egress) => [
      ...acl.entries.filter((entry) => entry.egress === egress).map(viewEntry),
      ...last(egress, hasIpv6),
    ]),
    Tags: viewTags(acl.tags),
  };
}

function last(egress: boolean, hasIpv6: boolean): readonly ShownEntry[] {
  const deny = { RuleAction: 'deny', Egress: egress, Protocol: '-1' } as const;
  return [
    { ...deny, RuleNumber: LAST_NUMBER, CidrBlock: '0.0.0.0/0' },
    ...(hasIpv6 ? [{ ...deny, RuleNumber: LAST_IPV6_NUMBER, Ipv6CidrBlock: '::/0' }] : []),
  ];
}

function viewEntry({ number, action, egress, protocol, cidr, ports }: NetworkAclEntry): ShownEntry {
  return {
    RuleNumber: number,
    RuleAction: action,
    Egress: egress,
    Protocol: protocol,
    ...(cidr.includes(':') ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr }),
    ...(ports !== null &&
      (WITH_TYPES.has(protocol)
        ? { IcmpTypeCode: { Type: ports.from, Code: ports.to } }
        : { PortRange: { From: ports.from, To: ports.to } })),
  };
}
