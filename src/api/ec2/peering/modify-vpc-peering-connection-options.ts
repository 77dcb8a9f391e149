/**
 * Whether a VPC's public instance names answer private addresses to the other VPC. Each side decides for itself, and only where
 * both resolve names. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcPeeringConnectionOptions.html
 */
import type { PeeringConnectionOptions } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PeeringSide, VpcPeering } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { ec2Action } from '../action.ts';
import { findPeering, isCallers } from './find-peering.ts';
import { peeringCode } from './state.ts';

/** ClassicLink is gone: it can only be refused. */
const READS = {
  AllowDnsResolutionFromRemoteVpc: true,
  AllowEgressFromLocalClassicLinkToRemoteVpc: [false],
  AllowEgressFromLocalVpcToRemoteClassicLink: [false],
} as const;

export const modifyVpcPeeringConnectionOptions = ec2Action<'ModifyVpcPeeringConnectionOptions'>(
  {
    VpcPeeringConnectionId: true,
    RequesterPeeringConnectionOptions: READS,
    AccepterPeeringConnectionOptions: READS,
  },
  (input, context) => {
    const peering = findPeering(context, input.VpcPeeringConnectionId);
    const { RequesterPeeringConnectionOptions: requester, AccepterPeeringConnectionOptions: accepter } = input;
    if (requester === undefined && accepter === undefined) {
      refuse(
        'MissingParameter',
        'The request must contain the parameter requesterPeeringConnectionOptions or accepterPeeringConnectionOptions',
      );
    }
    if (peeringCode(peering, context.facts) !== 'active') {
      refuse(
        'OperationNotPermitted',
        `Peering ${peering.id} is not active. Peering options can be added only to active peerings.`,
      );
    }
    const changed: VpcPeering = {
      ...peering,
      requester: after(peering.requester, requester, peering, context),
      accepter: after(peering.accepter, accepter, peering, context),
    };
    return {
      edits: [put(changed)],
      output: {
        ...(requester && { RequesterPeeringConnectionOptions: viewOptions(changed.requester) }),
        ...(accepter && { AccepterPeeringConnectionOptions: viewOptions(changed.accepter) }),
      },
    };
  },
);

function after(
  side: PeeringSide,
  wish: PeeringConnectionOptions | undefined,
  peering: VpcPeering,
  context: Context,
): PeeringSide {
  if (wish === undefined) return side;
  if (!isCallers(side, context)) {
    refuse(
      'OperationNotPermitted',
      `User ${context.account} cannot modify the ${side === peering.requester ? 'requester' : 'accepter'} options of peering ${peering.id} in region ${context.region}`,
    );
  }
  const sharesNames = wish.AllowDnsResolutionFromRemoteVpc ?? side.sharesNames;
  if (sharesNames) {
    for (const { vpcId } of [peering.requester, peering.accepter]) {
      const vpc = context.intent.table('vpc').get(vpcId);
      if (vpc?.dnsHostnames && vpc.dnsSupport) continue;
      refuse(
        'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled',
        'To enable DNS hostname resolution for the VPC peering connection, DNS hostname support must be enabled for the VPCs.',
      );
    }
  }
  return { ...side, sharesNames };
}

function viewOptions({ sharesNames }: PeeringSide): PeeringConnectionOptions {
  return {
    AllowDnsResolutionFromRemoteVpc: sharesNames,
    AllowEgressFromLocalClassicLinkToRemoteVpc: false,
    AllowEgressFromLocalVpcToRemoteClassicLink: false,
  };
}
