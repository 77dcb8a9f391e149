/** What several rooms ask of peering connections alike. Whether one carries packets follows from what was asked for alone. */
import type { Intent } from './intent.ts';
import type { PeeringSide, VpcPeering } from './resources.ts';

/** It was accepted and not deleted since: the two VPCs are joined. */
export function isInForce(peering: VpcPeering): boolean {
  return peering.answer?.verdict === 'accepted' && !peering.failed && peering.deletion === null;
}

/** Those that a VPC has a side in, in whatever state. */
export function peeringsOf(intent: Intent, vpcId: string): readonly VpcPeering[] {
  const table = intent.table('vpcPeering');
  return [...table.by('requester.vpcId', vpcId), ...table.by('accepter.vpcId', vpcId)];
}

/** The side that is not this VPC's. */
export function farSide({ requester, accepter }: VpcPeering, vpcId: string): PeeringSide {
  return requester.vpcId === vpcId ? accepter : requester;
}
