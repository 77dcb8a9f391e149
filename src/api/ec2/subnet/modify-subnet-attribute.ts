/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html */
import { put } from '../../../model/edit.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { oneAttribute } from '../one-attribute.ts';

export const modifySubnetAttribute = ec2Action<'ModifySubnetAttribute'>(
  {
    SubnetId: true,
    MapPublicIpOnLaunch: true,
    AssignIpv6AddressOnCreation: { Value: [false] },
    EnableDns64: { Value: [false] },
    MapCustomerOwnedIpOnLaunch: { Value: [false] },
    PrivateDnsHostnameTypeOnLaunch: ['ip-name'],
    EnableResourceNameDnsARecordOnLaunch: { Value: [false] },
    EnableResourceNameDnsAAAARecordOnLaunch: { Value: [false] },
  },
  (input, context) => {
    const { SubnetId, ...attributes } = input;
    oneAttribute(attributes);
    const subnet = find(context, 'subnet', SubnetId);
    const { MapPublicIpOnLaunch: mapPublic } = attributes;
    // The other attributes can only be asked to stay as they are.
    if (mapPublic === undefined) return { edits: [], output: {} };
    const mapPublicIpOnLaunch = required(mapPublic.Value, 'MapPublicIpOnLaunch.Value');
    return { edits: [put({ ...subnet, mapPublicIpOnLaunch })], output: {} };
  },
);
