/** The rule that every new group has: everything may go out, with IPv6 too where the VPC has a block of it. */
import type { SecurityGroupRule } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { newResource } from '../../shared/resource.ts';

const ANYWHERE = { 4: '0.0.0.0/0', 6: '::/0' } as const;

export function allOut(context: Context, groupId: string, version: 4 | 6 = 4): SecurityGroupRule {
  return {
    ...newResource(context, 'securityGroupRule'),
    kind: 'securityGroupRule',
    groupId,
    direction: 'egress',
    protocol: '-1',
    fromPort: -1,
    toPort: -1,
    peer: { kind: 'cidr', cidr: ANYWHERE[version] },
    description: null,
  };
}

export function isAllOut({ direction, protocol, peer }: SecurityGroupRule, version: 4 | 6): boolean {
  return direction === 'egress' && protocol === '-1' && peer.kind === 'cidr' && peer.cidr === ANYWHERE[version];
}
