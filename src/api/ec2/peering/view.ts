/** A peering connection as DescribeVpcPeeringConnections shows it. */
import type { VpcPeeringConnection, VpcPeeringConnectionVpcInfo } from '@aws-sdk/client-ec2';
import type { PeeringSide, VpcPeering } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { viewTags } from '../../shared/tags.ts';
import { isCallers } from './find-peering.ts';
import { expiryOf, isOutstanding, peeringCode, peeringStatus } from './state.ts';

/** Blocks and options of both sides are told only while it is active. */
export function viewPeering(peering: VpcPeering, context: Context): VpcPeeringConnection {
  const code = peeringCode(peering, context.facts);
  return {
    VpcPeeringConnectionId: peering.id,
    RequesterVpcInfo: viewSide(peering.requester, code === 'active', context),
    AccepterVpcInfo: viewSide(peering.accepter, code === 'active', context),
    Status: peeringStatus(peering, context.facts),
    ...((isOutstanding(peering, context.facts) || code === 'expired') && {
      ExpirationTime: new Date(expiryOf(peering)),
    }),
    Tags: viewTags(peeringTags(peering, context)),
  };
}

/** Each side's tags are its own. */
export function peeringTags(peering: VpcPeering, context: Context): VpcPeering['tags'] {
  return isCallers(peering.requester, context) ? peering.tags : peering.accepterTags;
}

export function withPeeringTags(peering: VpcPeering, tags: VpcPeering['tags'], context: Context): VpcPeering {
  return isCallers(peering.requester, context) ? { ...peering, tags } : { ...peering, accepterTags: tags };
}

function viewSide(side: PeeringSide, isActive: boolean, context: Context): VpcPeeringConnectionVpcInfo {
  const { cidrs = [], ipv6Cidrs = [] } = context.intent.table('vpc').get(side.vpcId) ?? {};
  return {
    OwnerId: side.account,
    VpcId: side.vpcId,
    Region: side.region,
    ...(isActive && {
      CidrBlock: cidrs[0],
      CidrBlockSet: cidrs.map((CidrBlock) => ({ CidrBlock })),
      ...(ipv6Cidrs.length > 0 && { Ipv6CidrBlockSet: ipv6Cidrs.map((Ipv6CidrBlock) => ({ Ipv6CidrBlock })) }),
      PeeringOptions: {
        AllowDnsResolutionFromRemoteVpc: side.sharesNames,
        AllowEgressFromLocalClassicLinkToRemoteVpc: false,
        AllowEgressFromLocalVpcToRemoteClassicLink: false,
      },
    }),
  };
}
