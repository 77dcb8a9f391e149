/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html */
import { reply } from '../../action.ts';
import { ec2Action } from '../action.ts';
import { MAX_GROUPS_PER_INTERFACE } from '../limits.ts';
import { defaultVpcOf } from '../vpc/default-vpc.ts';

export const describeAccountAttributes = ec2Action<'DescribeAccountAttributes'>(
  { AttributeNames: true },
  (input, context) => {
    const values: Readonly<Record<string, string>> = {
      'supported-platforms': 'VPC',
      'vpc-max-security-groups-per-interface': String(MAX_GROUPS_PER_INTERFACE),
      // There are no Elastic IP addresses yet; these are the quotas as AWS tells them.
      'max-elastic-ips': '5',
      'vpc-max-elastic-ips': '5',
      'max-instances': '20',
      'default-vpc': defaultVpcOf(context)?.id ?? 'none',
    };
    const names: readonly string[] = input.AttributeNames ?? [];
    const asked = Object.entries(values).filter(([name]) => names.length === 0 || names.includes(name));
    return reply({
      AccountAttributes: asked.map(([AttributeName, AttributeValue]) => ({
        AttributeName,
        AttributeValues: [{ AttributeValue }],
      })),
    });
  },
);
