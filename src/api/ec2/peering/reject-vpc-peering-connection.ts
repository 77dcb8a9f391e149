/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RejectVpcPeeringConnection.html */
import { put } from '../../../model/edit.ts';
import { ec2Action } from '../action.ts';
import { requestToAnswer } from './find-peering.ts';

export const rejectVpcPeeringConnection = ec2Action<'RejectVpcPeeringConnection'>(
  { VpcPeeringConnectionId: true },
  (input, context) => {
    const peering = requestToAnswer(context, input.VpcPeeringConnectionId, 'reject');
    const answer = { verdict: 'rejected', at: context.now } as const;
    return { edits: [put({ ...peering, answer })], output: { Return: true } };
  },
);
