/** The ACL that a VPC is born with; others, and entries, come with their own issue. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html */
import type { NetworkAclEntry, NetworkAcl as Shown } from '@aws-sdk/client-ec2';
import type { NetworkAcl } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { derivedId } from '../../shared/resource.ts';
import { type Tags, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';

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

/** Every subnet follows its VPC's default ACL, so an association needs no resource of its own. */
function viewAcl(acl: NetworkAcl, context: Context): Shown {
  return {
    NetworkAclId: acl.id,
    VpcId: acl.vpcId,
    OwnerId: acl.account,
    IsDefault: acl.isDefault,
    Associations: context.intent
      .table('subnet')
      .by('vpcId', acl.vpcId)
      .map((subnet) => ({
        NetworkAclAssociationId: derivedId('aclassoc', subnet),
        NetworkAclId: acl.id,
        SubnetId: subnet.id,
      })),
    Entries: [true, false].flatMap((egress) => [entry(100, 'allow', egress), entry(32_767, 'deny', egress)]),
    Tags: viewTags(acl.tags),
  };
}

function entry(number: number, action: 'allow' | 'deny', egress: boolean): NetworkAclEntry {
  return { RuleNumber: number, RuleAction: action, Egress: egress, Protocol: '-1', CidrBlock: '0.0.0.0/0' };
}
