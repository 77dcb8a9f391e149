/** How many connections a VPC may have that are in force. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
import { isInForce, peeringsOf } from '../../../model/peerings.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Context } from '../../action.ts';
import { MAX_ACTIVE_PEERINGS_PER_VPC } from '../limits.ts';

/** One more for this VPC. */
export function refuseBeyondQuota(vpcId: string, { intent }: Context): void {
  if (peeringsOf(intent, vpcId).filter(isInForce).length < MAX_ACTIVE_PEERINGS_PER_VPC) return;
  refuse(
    'ActiveVpcPeeringConnectionPerVpcLimitExceeded',
    `You've reached the limit on the number of active VPC peering connections you can have for the specified VPC.`,
  );
}
