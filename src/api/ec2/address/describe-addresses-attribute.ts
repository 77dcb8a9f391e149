/** Reverse names of elastic addresses: nobody can set one here, so there are none. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddressesAttribute.html */
import { reply } from '../../action.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';

export const describeAddressesAttribute = ec2Action<'DescribeAddressesAttribute'>(
  { AllocationIds: true, Attribute: ['domain-name'], MaxResults: true, NextToken: true },
  (input, context) => {
    const found = select(context, 'elasticAddress', input.AllocationIds);
    const { items, next } = page(found, input, (each) => each.id);
    return reply({
      Addresses: items.map(({ id, publicIp }) => ({ AllocationId: id, PublicIp: publicIp })),
      NextToken: next,
    });
  },
);
