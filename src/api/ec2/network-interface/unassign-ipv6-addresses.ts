/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnassignIpv6Addresses.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { formatIp, parseIp } from '../../../net/ip.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { isRequesterManaged } from './view.ts';

export const unassignIpv6Addresses = ec2Action<'UnassignIpv6Addresses'>(
  { NetworkInterfaceId: true, Ipv6Addresses: true },
  (input, context) => {
    const port = find(context, 'networkInterface', input.NetworkInterfaceId);
    if (isRequesterManaged(port)) {
      refuse('AuthFailure', 'You do not have permission to access the specified resource.', 403);
    }
    const asked = required(input.Ipv6Addresses, 'ipv6Addresses').map((text) => {
      const ip = parseIp(text);
      return ip === undefined ? text : formatIp(ip);
    });
    if (!asked.every((address) => port.ipv6Addresses.includes(address))) {
      refuse('InvalidParameterValue', `Some of the specified addresses are not assigned to interface ${port.id}`);
    }
    const [primary = ''] = port.ipv6Addresses;
    if (port.primaryIpv6 === true && asked.includes(primary)) {
      refuse('OperationNotPermitted', `${primary} is the primary IPv6 address of interface ${port.id}`);
    }
    const ipv6Addresses = port.ipv6Addresses.filter((address) => !asked.includes(address));
    return {
      edits: [put({ ...port, ipv6Addresses })],
      output: { NetworkInterfaceId: port.id, UnassignedIpv6Addresses: asked },
    };
  },
);
