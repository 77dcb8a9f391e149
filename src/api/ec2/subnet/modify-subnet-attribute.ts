/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { refuseIpv6Only } from '../network-interface/allocate.ts';
import { oneAttribute } from '../one-attribute.ts';
import { hostnameType } from './view.ts';

export const modifySubnetAttribute = ec2Action<'ModifySubnetAttribute'>(
  {
    SubnetId: true,
    MapPublicIpOnLaunch: true,
    AssignIpv6AddressOnCreation: true,
    EnableDns64: { Value: [false] },
    MapCustomerOwnedIpOnLaunch: { Value: [false] },
    PrivateDnsHostnameTypeOnLaunch: true,
    EnableResourceNameDnsARecordOnLaunch: { Value: [false] },
    EnableResourceNameDnsAAAARecordOnLaunch: { Value: [false] },
  },
  (input, context) => {
    const { SubnetId, ...attributes } = input;
    oneAttribute(attributes);
    const subnet = find(context, 'subnet', SubnetId);
    const {
      MapPublicIpOnLaunch: mapPublic,
      AssignIpv6AddressOnCreation: assign,
      PrivateDnsHostnameTypeOnLaunch: names,
    } = attributes;
    if (names !== undefined && names !== hostnameType(subnet)) {
      refuse(
        'UnsupportedOperation',
        `The value '${names}' for parameter PrivateDnsHostnameTypeOnLaunch is not supported by Culvert.`,
      );
    }
    if (assign !== undefined) {
      const assignIpv6OnCreation = required(assign.Value, 'AssignIpv6AddressOnCreation.Value');
      if (assignIpv6OnCreation && subnet.ipv6Cidr === null) {
        refuse('InvalidParameterValue', `The subnet '${subnet.id}' does not have an IPv6 CIDR block.`);
      }
      if (!assignIpv6OnCreation && subnet.cidr === null) {
        refuse('InvalidParameterValue', `The subnet '${subnet.id}' is IPv6 only: its interfaces need IPv6 addresses.`);
      }
      return { edits: [put({ ...subnet, assignIpv6OnCreation })], output: {} };
    }
    // The other attributes can only be asked to stay as they are.
    if (mapPublic === undefined) return { edits: [], output: {} };
    const mapPublicIpOnLaunch = required(mapPublic.Value, 'MapPublicIpOnLaunch.Value');
    if (mapPublicIpOnLaunch) refuseIpv6Only(subnet);
    return { edits: [put({ ...subnet, mapPublicIpOnLaunch })], output: {} };
  },
);
