/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html */
import type { NetworkAcl as Shown } from '@aws-sdk/client-ec2';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import type { Tags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { viewAcl } from './view.ts';

interface Row {
  readonly tags: Tags;
  readonly shown: Shown;
}

const FIELDS: FilterFields<Row> = {
  'association.association-id': ({ shown }) => shown.Associations?.map((each) => each.NetworkAclAssociationId),
  'association.network-acl-id': ({ shown }) => shown.Associations?.map((each) => each.NetworkAclId),
  'association.subnet-id': ({ shown }) => shown.Associations?.map((each) => each.SubnetId),
  default: ({ shown }) => shown.IsDefault,
  'entry.cidr': ({ shown }) => shown.Entries?.map((each) => each.CidrBlock),
  'entry.egress': ({ shown }) => shown.Entries?.map((each) => each.Egress),
  'entry.icmp.code': ({ shown }) => shown.Entries?.map((each) => each.IcmpTypeCode?.Code),
  'entry.icmp.type': ({ shown }) => shown.Entries?.map((each) => each.IcmpTypeCode?.Type),
  'entry.ipv6-cidr': ({ shown }) => shown.Entries?.map((each) => each.Ipv6CidrBlock),
  'entry.port-range.from': ({ shown }) => shown.Entries?.map((each) => each.PortRange?.From),
  'entry.port-range.to': ({ shown }) => shown.Entries?.map((each) => each.PortRange?.To),
  'entry.protocol': ({ shown }) => shown.Entries?.map((each) => each.Protocol),
  'entry.rule-action': ({ shown }) => shown.Entries?.map((each) => each.RuleAction),
  'entry.rule-number': ({ shown }) => shown.Entries?.map((each) => each.RuleNumber),
  'network-acl-id': ({ shown }) => shown.NetworkAclId,
  'owner-id': ({ shown }) => shown.OwnerId,
  'vpc-id': ({ shown }) => shown.VpcId,
};

export const describeNetworkAcls = ec2Action<'DescribeNetworkAcls'>(
  { NetworkAclIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const rows = select(context, 'networkAcl', input.NetworkAclIds).map((acl) => ({
      tags: acl.tags,
      shown: viewAcl(acl, context),
    }));
    const found = filterResources(rows, input.Filters, FIELDS);
    const { items, next } = page(found, input, ({ shown }) => shown.NetworkAclId ?? '');
    return reply({ NetworkAcls: items.map(({ shown }) => shown), NextToken: next });
  },
);
