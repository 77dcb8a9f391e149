/**
 * Either side deletes one that is in force, the requester also one that waits. Routes through it stay and lead nowhere, rules
 * that name the other VPC's groups stay and match nothing.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcPeeringConnection.html
 */
import { type Edit, put } from '../../../model/edit.ts';
import { isInForce } from '../../../model/peerings.ts';
import { refuse } from '../../../model/refusal.ts';
import type { VpcPeering } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { ec2Action } from '../action.ts';
import { findPeering, isCallers, refuseTransition } from './find-peering.ts';
import { isOutstanding, peeringCode } from './state.ts';

export const deleteVpcPeeringConnection = ec2Action<'DeleteVpcPeeringConnection'>(
  { VpcPeeringConnectionId: true },
  (input, context) => {
    const peering = findPeering(context, input.VpcPeeringConnectionId);
    const isWaiting = isOutstanding(peering, context.facts) && !peering.failed;
    if (isWaiting && !isCallers(peering.requester, context)) {
      refuse('OperationNotPermitted', `User ${context.account} cannot delete peering ${peering.id}`);
    }
    if (!isWaiting && !isInForce(peering)) refuseTransition(peering, peeringCode(peering, context.facts), 'deleting');
    return { edits: [peeringDeletion(peering, context)], output: { Return: true } };
  },
);

export function peeringDeletion(peering: VpcPeering, { account, now, nextRevision }: Context): Edit {
  return put({ ...peering, deletion: { by: account, at: now, revision: nextRevision } });
}
