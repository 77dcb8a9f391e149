/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html */
import { reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { invalidValue } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';

export const describeVpcAttribute = ec2Action<'DescribeVpcAttribute'>(
  { VpcId: true, Attribute: true },
  (input, context) => {
    const vpc = find(context, 'vpc', input.VpcId);
    switch (input.Attribute) {
      case 'enableDnsSupport':
        return reply({ VpcId: vpc.id, EnableDnsSupport: { Value: vpc.dnsSupport } });
      case 'enableDnsHostnames':
        return reply({ VpcId: vpc.id, EnableDnsHostnames: { Value: vpc.dnsHostnames } });
      case 'enableNetworkAddressUsageMetrics':
        return reply({ VpcId: vpc.id, EnableNetworkAddressUsageMetrics: { Value: false } });
      default:
        return invalidValue(input.Attribute, 'attribute', 'Unknown attribute.');
    }
  },
);
