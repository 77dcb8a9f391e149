/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptVpcPeeringConnection.html */
import { put } from '../../../model/edit.ts';
import type { VpcPeering } from '../../../model/resources.ts';
import { ec2Action } from '../action.ts';
import { cannotBe } from './create-vpc-peering-connection.ts';
import { requestToAnswer } from './find-peering.ts';
import { refuseBeyondQuota } from './quota.ts';
import { viewPeering } from './view.ts';

/** Blocks may have come since it was asked for: then it fails now. */
export const acceptVpcPeeringConnection = ec2Action<'AcceptVpcPeeringConnection'>(
  { VpcPeeringConnectionId: true },
  (input, context) => {
    const peering = requestToAnswer(context, input.VpcPeeringConnectionId, 'accept');
    for (const { vpcId } of [peering.requester, peering.accepter]) refuseBeyondQuota(vpcId, context);
    const vpc = context.intent.table('vpc').get(peering.requester.vpcId);
    const accepted: VpcPeering = {
      ...peering,
      failed: vpc === undefined || cannotBe(vpc, peering.accepter, context),
      answer: { verdict: 'accepted', at: context.now },
      changedRevision: context.nextRevision,
    };
    return { edits: [put(accepted)], output: { VpcPeeringConnection: viewPeering(accepted, context) } };
  },
);
