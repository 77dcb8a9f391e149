/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const deleteInternetGateway = ec2Action<'DeleteInternetGateway'>(
  { InternetGatewayId: true },
  (input, context) => {
    const gateway = find(context, 'internetGateway', input.InternetGatewayId);
    if (gateway.vpcId !== null) {
      refuse('DependencyViolation', `The internetGateway '${gateway.id}' has dependencies and cannot be deleted.`);
    }
    return { edits: [remove(gateway)], output: {} };
  },
);
