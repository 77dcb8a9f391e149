/** With an elastic address that one has, its association goes. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnassignPrivateIpAddresses.html */
import { put } from '../../../model/edit.ts';
import { withoutAddresses } from '../../../model/public-addresses.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { isRequesterManaged } from './view.ts';

export const unassignPrivateIpAddresses = ec2Action<'UnassignPrivateIpAddresses'>(
  { NetworkInterfaceId: true, PrivateIpAddresses: true },
  (input, context) => {
    const port = find(context, 'networkInterface', input.NetworkInterfaceId ?? '');
    if (isRequesterManaged(port)) {
      refuse('AuthFailure', 'You do not have permission to access the specified resource.', 403);
    }
    const asked = required(input.PrivateIpAddresses, 'privateIpAddresses');
    if (!asked.every((address) => port.addresses.includes(address))) {
      refuse('InvalidParameterValue', `Some of the specified addresses are not assigned to interface ${port.id}`);
    }
    const [primary = ''] = port.addresses;
    if (asked.includes(primary)) {
      refuse('InvalidParameterValue', `Address ${primary} is the primary address of ${port.id} and stays with it.`);
    }
    return { edits: [put(withoutAddresses(port, asked))], output: {} };
  },
);
