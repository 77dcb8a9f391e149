/** Rules that name a group of another VPC: what is shown of that, and whether they are stale. */
import type { UserIdGroupPair } from '@aws-sdk/client-ec2';
import { isInForce } from '../../../model/peerings.ts';
import type { GroupRulePeer } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { peeringCode } from '../peering/state.ts';

export type GroupPeer = Extract<GroupRulePeer, { kind: 'group' }>;

/** The account of a group that is gone is not told. */
export function viewGroupPeer({ groupId, account, peered }: GroupPeer, context: Context): UserIdGroupPair {
  if (peered === undefined) return { GroupId: groupId, UserId: account };
  const peering = context.intent.table('vpcPeering').get(peered.peeringId);
  const isThere = context.intent.table('securityGroup').get(groupId) !== undefined;
  return {
    GroupId: groupId,
    ...(isThere && { UserId: account }),
    VpcId: peered.vpcId,
    VpcPeeringConnectionId: peered.peeringId,
    PeeringStatus: peering === undefined ? 'deleted' : peeringCode(peering, context.facts),
  };
}

/** The group, or the peering connection by which it was known, is gone: it matches nobody. */
export function isStale(peer: GroupRulePeer, { intent }: Pick<Context, 'intent'>): boolean {
  if (peer.kind !== 'group' || peer.peered === undefined) return false;
  const peering = intent.table('vpcPeering').get(peer.peered.peeringId);
  const isJoined = peering !== undefined && isInForce(peering);
  return !isJoined || intent.table('securityGroup').get(peer.groupId) === undefined;
}
