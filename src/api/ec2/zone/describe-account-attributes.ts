/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html */
import { quotaOf } from '../../../model/quotas.ts';
import { reply } from '../../action.ts';
import { ec2Action } from '../action.ts';
import { defaultVpcOf } from '../vpc/default-vpc.ts';

export const describeAccountAttributes = ec2Action<'DescribeAccountAttributes'>(
  { AttributeNames: true },
  (input, context) => {
    const values: Readonly<Record<string, string>> = {
      'supported-platforms': 'VPC',
      'vpc-max-security-groups-per-interface': String(quotaOf(context.intent, 'groupsPerInterface', context)),
      'max-elastic-ips': String(quotaOf(context.intent, 'elasticAddressesPerRegion', context)),
      'vpc-max-elastic-ips': String(quotaOf(context.intent, 'elasticAddressesPerRegion', context)),
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
