/** The rule that every new group has: everything may go out. */
import type { SecurityGroupRule } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { newResource } from '../../shared/resource.ts';

export function allOut(context: Context, groupId: string): SecurityGroupRule {
  return {
    ...newResource(context, 'securityGroupRule'),
    kind: 'securityGroupRule',
    groupId,
    direction: 'egress',
    protocol: '-1',
    fromPort: -1,
    toPort: -1,
    peer: { kind: 'cidr', cidr: '0.0.0.0/0' },
    description: null,
  };
}
