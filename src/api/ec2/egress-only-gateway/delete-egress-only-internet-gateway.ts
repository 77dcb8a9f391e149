/** Routes to it stay and lead nowhere. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteEgressOnlyInternetGateway.html */
import { remove } from '../../../model/edit.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const deleteEgressOnlyInternetGateway = ec2Action<'DeleteEgressOnlyInternetGateway'>(
  { EgressOnlyInternetGatewayId: true },
  (input, context) => {
    const gateway = find(context, 'egressOnlyInternetGateway', input.EgressOnlyInternetGatewayId);
    return { edits: [remove(gateway)], output: { ReturnCode: true } };
  },
);
