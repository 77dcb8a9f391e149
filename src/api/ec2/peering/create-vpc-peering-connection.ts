/**
 * Asks another VPC to be joined to this one. Ranges that overlap, or a VPC that the other account does not have, are no
 * error: the answer is 200 and the connection fails. Whoever accepts is asked for nothing else.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcPeeringConnection.html
 */

import { put } from '../../../model/edit.ts';
import { isInForce, peeringsOf } from '../../../model/peerings.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import { findRegion } from '../../../model/regions.ts';
import type { Vpc, VpcPeering } from '../../../model/resources.ts';
import { cidrOf, cidrsOverlap } from '../../../net/cidr.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { invalidValue, required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { ownPeerings } from './find-peering.ts';
import { refuseBeyondQuota } from './quota.ts';
import { isOutstanding } from './state.ts';
import { viewPeering } from './view.ts';

export const createVpcPeeringConnection = ec2Action<'CreateVpcPeeringConnection'>(
  { VpcId: true, PeerVpcId: true, PeerOwnerId: true, PeerRegion: true, TagSpecifications: true },
  (input, context) => {
    const peerVpcId = required(input.PeerVpcId, 'peerVpcId');
    const vpc = find(context, 'vpc', input.VpcId);
    const account = input.PeerOwnerId ?? context.account;
    if (!/^\d{12}$/.test(account)) invalidValue(account, 'peerOwnerId', 'It must be an account ID of 12 digits.');
    const region = input.PeerRegion ?? context.region;
    if (findRegion(region) === undefined) invalidValue(region, 'peerRegion', 'It is not a region.');
    const accepter = { account, region, vpcId: peerVpcId, sharesNames: false };
    if (account === context.account) find({ ...context, region }, 'vpc', peerVpcId);
    if (isPresent(vpc, peerVpcId, context)) {
      refuse('VpcPeeringConnectionAlreadyExists', 'A VPC peering connection between the VPCs already exists.');
    }
    const waiting = ownPeerings(context).filter((each) => isOutstanding(each, context.facts));
    if (
      waiting.filter((each) => each.account === context.account).length >=
      quotaOf(context.intent, 'outstandingPeeringsPerRegion', context)
    ) {
      refuse(
        'OutstandingVpcPeeringConnectionLimitExceeded',
        `You've reached the limit on the number of VPC peering connection requests that you can create for the specified VPC.`,
      );
    }
    refuseBeyondQuota(vpc.id, context);
    const tags = tagsOnCreate(input.TagSpecifications, 'vpc-peering-connection');
    const peering: VpcPeering = {
      ...newResource(context, 'vpcPeering', tags),
      kind: 'vpcPeering',
      requester: { account: context.account, region: context.region, vpcId: vpc.id, sharesNames: false },
      accepter,
      accepterTags: {},
      failed: cannotBe(vpc, accepter, context),
      answer: null,
      deletion: null,
      changedRevision: context.nextRevision,
    };
    const shown = viewPeering(peering, context);
    const RequesterVpcInfo = {
      ...shown.RequesterVpcInfo,
      CidrBlock: vpc.cidrs[0],
      CidrBlockSet: vpc.cidrs.map((CidrBlock) => ({ CidrBlock })),
    };
    return { edits: [put(peering)], output: { VpcPeeringConnection: { ...shown, RequesterVpcInfo } } };
  },
);

/** One pair of VPCs has one connection, whoever asked for it. */
function isPresent(vpc: Vpc, peerVpcId: string, context: Context): boolean {
  return peeringsOf(context.intent, vpc.id).some(
    (each) =>
      [each.requester.vpcId, each.accepter.vpcId].includes(peerVpcId) &&
      !each.failed &&
      (isInForce(each) || isOutstanding(each, context.facts)),
  );
}

/** True where the VPC is not there for that account and region, or where any two blocks overlap. */
export function cannotBe(vpc: Vpc, far: VpcPeering['accepter'], { intent }: Context): boolean {
  const other = intent.table('vpc').get(far.vpcId);
  if (other === undefined || other.account !== far.account || other.region !== far.region) return true;
  const blocks = other.cidrs.map(cidrOf);
  return vpc.cidrs.map(cidrOf).some((one) => blocks.some((block) => cidrsOverlap(one, block)));
}
