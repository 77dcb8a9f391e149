/**
 * Which other VPCs' groups refer to these, across a peering connection.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupReferences.html
 */
import type { SecurityGroupReference } from '@aws-sdk/client-ec2';
import type { SecurityGroup } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { isStale } from './peered.ts';

export const describeSecurityGroupReferences = ec2Action<'DescribeSecurityGroupReferences'>(
  { GroupId: true },
  (input, context) => {
    const groups = input.GroupId.map((id) => find(context, 'securityGroup', id));
    return reply({ SecurityGroupReferenceSet: groups.flatMap((group) => referencesTo(group, context)) });
  },
);

/** One for each VPC that refers to it. */
function referencesTo(group: SecurityGroup, context: Context): readonly SecurityGroupReference[] {
  const { intent } = context;
  const references = new Map<string, SecurityGroupReference>();
  for (const { peer, groupId } of intent.table('securityGroupRule').by('peer.groupId', group.id)) {
    const vpcId = intent.table('securityGroup').get(groupId)?.vpcId;
    if (peer.kind !== 'group' || peer.peered === undefined || vpcId === undefined || isStale(peer, context)) continue;
    references.set(vpcId, {
      GroupId: group.id,
      ReferencingVpcId: vpcId,
      VpcPeeringConnectionId: peer.peered.peeringId,
    });
  }
  return [...references.values()];
}
