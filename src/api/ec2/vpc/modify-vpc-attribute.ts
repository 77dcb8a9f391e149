/** One attribute a call. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { oneAttribute } from '../one-attribute.ts';

export const modifyVpcAttribute = ec2Action<'ModifyVpcAttribute'>(
  {
    VpcId: true,
    EnableDnsSupport: true,
    EnableDnsHostnames: true,
    EnableNetworkAddressUsageMetrics: { Value: [false] },
  },
  (input, context) => {
    const { VpcId, ...attributes } = input;
    oneAttribute(attributes);
    const vpc = find(context, 'vpc', VpcId);
    const { EnableDnsSupport: support, EnableDnsHostnames: hostnames } = attributes;
    if (support !== undefined) {
      return { edits: [put({ ...vpc, dnsSupport: required(support.Value, 'EnableDnsSupport.Value') })], output: {} };
    }
    if (hostnames === undefined) return { edits: [], output: {} };
    const value = required(hostnames.Value, 'EnableDnsHostnames.Value');
    if (value && !vpc.dnsSupport) {
      refuse('InvalidParameterCombination', 'DNS hostnames can only be enabled if DNS support is enabled.');
    }
    return { edits: [put({ ...vpc, dnsHostnames: value })], output: {} };
  },
);
