/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignIpv6Addresses.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { checkMoreAddresses } from './attachment.ts';
import { subnetIpv6Addresses } from './ipv6-addresses.ts';
import { isRequesterManaged } from './view.ts';

export const assignIpv6Addresses = ec2Action<'AssignIpv6Addresses'>(
  { NetworkInterfaceId: true, Ipv6AddressCount: true, Ipv6Addresses: true },
  (input, context) => {
    const port = find(context, 'networkInterface', input.NetworkInterfaceId);
    if (isRequesterManaged(port)) {
      refuse('AuthFailure', 'You do not have permission to access the specified resource.', 403);
    }
    const { Ipv6AddressCount: count, Ipv6Addresses: addresses } = input;
    if (count === undefined && addresses === undefined) {
      refuse('MissingParameter', 'The request must contain the parameter ipv6AddressCount or ipv6Addresses');
    }
    checkMoreAddresses(context, port, { ipv6: port.ipv6Addresses.length + (count ?? addresses?.length ?? 0) });
    const subnet = find(context, 'subnet', port.subnetId);
    const assigned = subnetIpv6Addresses(context, subnet).take({ count, addresses }, false);
    return {
      edits: [put({ ...port, ipv6Addresses: [...port.ipv6Addresses, ...assigned] })],
      output: { NetworkInterfaceId: port.id, AssignedIpv6Addresses: [...assigned] },
    };
  },
);
