/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html */
import { blockAssociationId } from '../../../model/block-associations.ts';
import type { Vpc } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { AMAZON_POOL } from './ipv6-blocks.ts';
import { viewVpc } from './view.ts';

const FIELDS: FilterFields<Vpc> = {
  cidr: (vpc) => vpc.cidrs[0],
  'cidr-block-association.association-id': (vpc) => vpc.cidrs.map((block) => blockAssociationId(vpc, block)),
  'cidr-block-association.cidr-block': (vpc) => vpc.cidrs,
  'cidr-block-association.state': (vpc) => vpc.cidrs.map(() => 'associated'),
  'dhcp-options-id': (vpc) => vpc.dhcpOptionsId,
  dhcpOptionsId: (vpc) => vpc.dhcpOptionsId,
  'ipv6-cidr-block-association.association-id': (vpc) => vpc.ipv6Cidrs.map((block) => blockAssociationId(vpc, block)),
  'ipv6-cidr-block-association.ipv6-cidr-block': (vpc) => vpc.ipv6Cidrs,
  'ipv6-cidr-block-association.ipv6-pool': (vpc) => vpc.ipv6Cidrs.map(() => AMAZON_POOL),
  'ipv6-cidr-block-association.state': (vpc) => vpc.ipv6Cidrs.map(() => 'associated'),
  isDefault: (vpc) => vpc.isDefault,
  'is-default': (vpc) => vpc.isDefault,
  'owner-id': (vpc) => vpc.account,
  state: () => 'available',
  'vpc-id': (vpc) => vpc.id,
};

export const describeVpcs = ec2Action<'DescribeVpcs'>(
  { VpcIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const found = filterResources(select(context, 'vpc', input.VpcIds), input.Filters, FIELDS);
    const { items, next } = page(found, input, (vpc) => vpc.id);
    return reply({ Vpcs: items.map(viewVpc), NextToken: next });
  },
);
