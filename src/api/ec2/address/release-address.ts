/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { holderOf, idAsked } from './find.ts';

export const releaseAddress = ec2Action<'ReleaseAddress'>(
  { AllocationId: true, PublicIp: true, NetworkBorderGroup: true },
  (input, context) => {
    const id = idAsked(context, input.AllocationId, input.PublicIp, {
      noun: 'allocation',
      doing: 'releasing a VPC elastic IP address',
      code: 'InvalidParameterValue',
    });
    const address = find(context, 'elasticAddress', id);
    if ((input.NetworkBorderGroup ?? address.region) !== address.region) {
      refuse('InvalidAddress.NotFound', `Address '${address.publicIp}' not found.`);
    }
    if (holderOf(context, address) !== undefined) {
      refuse('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`);
    }
    return { edits: [remove(address)], output: {} };
  },
);
