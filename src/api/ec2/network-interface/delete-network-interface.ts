/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInterface.html */
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { interfaceStatus } from './view.ts';

export const deleteNetworkInterface = ec2Action<'DeleteNetworkInterface'>(
  { NetworkInterfaceId: true },
  (input, context) => {
    const port = find(context, 'networkInterface', input.NetworkInterfaceId);
    if (interfaceStatus(port, context.facts) === 'in-use') {
      refuse('InvalidParameterValue', `Network interface '${port.id}' is currently in use.`);
    }
    return { edits: [remove(port)], output: {} };
  },
);
