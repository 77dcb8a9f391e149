/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { addressByIp, holderOf } from './find.ts';

export const releaseAddress = ec2Action<'ReleaseAddress'>(
  { AllocationId: true, PublicIp: true, NetworkBorderGroup: true },
  (input, context) => {
    const { AllocationId: id, PublicIp: publicIp } = input;
    if (id === undefined && publicIp === undefined) {
      refuse('MissingParameter', 'Either public IP or allocation id must be specified');
    }
    const address = id === undefined ? addressByIp(context, publicIp ?? '') : find(context, 'elasticAddress', id);
    if (holderOf(context, address) !== undefined) {
      refuse('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`);
    }
    return { edits: [remove(address)], output: {} };
  },
);
