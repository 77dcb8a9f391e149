/**
 * Peering connections in force become links. What is shown of one as "provisioning" is here already: a driver makes it active.
 * https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
 */
import type { Intent } from '../../model/intent.ts';
import { isInForce } from '../../model/peerings.ts';
import type { PeeringSide, VpcPeering } from '../../model/resources.ts';
import { blocksOf } from '../../model/vpc-blocks.ts';
import { sortById } from '../order.ts';
import type { Link, LinkEnd } from '../plan.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html */
const MTU = { ofRegion: 9001, betweenRegions: 8500 } as const;

export function compileLinks(intent: Intent): readonly Link[] {
  return sortById([...intent.table('vpcPeering').all()].filter(isInForce).map((each) => peeringLink(intent, each)));
}

function peeringLink(intent: Intent, { id, requester, accepter }: VpcPeering): Link {
  return {
    id,
    origin: [id, requester.vpcId, accepter.vpcId],
    kind: 'peering',
    ends: [endOf(intent, requester), endOf(intent, accepter)],
    outside: null,
    mtu: requester.region === accepter.region ? MTU.ofRegion : MTU.betweenRegions,
  };
}

function endOf(intent: Intent, { vpcId }: PeeringSide): LinkEnd {
  const vpc = intent.table('vpc').get(vpcId);
  if (vpc === undefined) throw new Error(`a peering connection in force names ${vpcId}, which is gone`);
  return { domain: vpcId, cidrs: blocksOf(vpc), routeTable: null, segment: null };
}
