/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcPeeringConnections.html */
import type { VpcPeeringConnection as Shown } from '@aws-sdk/client-ec2';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import type { Tags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { findPeering, ownPeerings } from './find-peering.ts';
import { peeringTags, viewPeering } from './view.ts';

/** Filters look at what is shown, as states are not stored. */
interface Row {
  readonly tags: Tags;
  readonly shown: Shown;
}

const FIELDS: FilterFields<Row> = {
  'accepter-vpc-info.cidr-block': ({ shown }) => shown.AccepterVpcInfo?.CidrBlock,
  'accepter-vpc-info.owner-id': ({ shown }) => shown.AccepterVpcInfo?.OwnerId,
  'accepter-vpc-info.vpc-id': ({ shown }) => shown.AccepterVpcInfo?.VpcId,
  'expiration-time': ({ shown }) => shown.ExpirationTime?.toISOString(),
  'requester-vpc-info.cidr-block': ({ shown }) => shown.RequesterVpcInfo?.CidrBlock,
  'requester-vpc-info.owner-id': ({ shown }) => shown.RequesterVpcInfo?.OwnerId,
  'requester-vpc-info.vpc-id': ({ shown }) => shown.RequesterVpcInfo?.VpcId,
  'status-code': ({ shown }) => shown.Status?.Code,
  'status-message': ({ shown }) => shown.Status?.Message,
  'vpc-peering-connection-id': ({ shown }) => shown.VpcPeeringConnectionId,
};

export const describeVpcPeeringConnections = ec2Action<'DescribeVpcPeeringConnections'>(
  { VpcPeeringConnectionIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const ids = input.VpcPeeringConnectionIds ?? [];
    const peerings = ids.length > 0 ? distinct(ids).map((id) => findPeering(context, id)) : ownPeerings(context);
    const rows = peerings.map((each) => ({ tags: peeringTags(each, context), shown: viewPeering(each, context) }));
    const found = filterResources(rows, input.Filters, FIELDS);
    const { items, next } = page(found, input, ({ shown }) => shown.VpcPeeringConnectionId ?? '');
    return reply({ VpcPeeringConnections: items.map(({ shown }) => shown), NextToken: next });
  },
);
