/** How many connections a VPC may have that are in force. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
import { isInForce, peeringsOf } from '../../../model/peerings.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Context } from '../../action.ts';

/** One more for this VPC. */
export function refuseBeyondQuota(vpcId: string, { intent }: Context): void {
  const vpc = intent.table('vpc').get(vpcId);
  if (vpc === undefined) return;
  if (peeringsOf(intent, vpcId).filter(isInForce).length < quotaOf(intent, 'activePeeringsPerVpc', vpc)) return;
  refuse(
    'ActiveVpcPeeringConnectionPerVpcLimitExceeded',
    `You've reached the limit on the number of active VPC peering connections you can have for the specified VPC.`,
  );
}
