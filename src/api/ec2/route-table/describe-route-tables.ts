/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html */
import type { RouteTable as Shown } from '@aws-sdk/client-ec2';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import type { Tags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { viewRouteTable } from './view.ts';

/** Filters look at what is shown, as states and local routes are not stored. */
interface Row {
  readonly tags: Tags;
  readonly shown: Shown;
}

const FIELDS: FilterFields<Row> = {
  'association.gateway-id': () => [],
  'association.main': ({ shown }) => shown.Associations?.map((each) => each.Main),
  'association.route-table-association-id': ({ shown }) =>
    shown.Associations?.map((each) => each.RouteTableAssociationId),
  'association.route-table-id': ({ shown }) => shown.Associations?.map((each) => each.RouteTableId),
  'association.subnet-id': ({ shown }) => shown.Associations?.map((each) => each.SubnetId),
  'owner-id': ({ shown }) => shown.OwnerId,
  'route-table-id': ({ shown }) => shown.RouteTableId,
  'route.destination-cidr-block': ({ shown }) => shown.Routes?.map((each) => each.DestinationCidrBlock),
  'route.destination-ipv6-cidr-block': ({ shown }) => shown.Routes?.map((each) => each.DestinationIpv6CidrBlock),
  'route.destination-prefix-list-id': ({ shown }) => shown.Routes?.map((each) => each.DestinationPrefixListId),
  'route.egress-only-internet-gateway-id': ({ shown }) => shown.Routes?.map((each) => each.EgressOnlyInternetGatewayId),
  'route.gateway-id': ({ shown }) => shown.Routes?.map((each) => each.GatewayId),
  'route.instance-id': ({ shown }) => shown.Routes?.map((each) => each.InstanceId),
  'route.nat-gateway-id': ({ shown }) => shown.Routes?.map((each) => each.NatGatewayId),
  'route.origin': ({ shown }) => shown.Routes?.map((each) => each.Origin),
  'route.state': ({ shown }) => shown.Routes?.map((each) => each.State),
  'route.transit-gateway-id': ({ shown }) => shown.Routes?.map((each) => each.TransitGatewayId),
  'route.vpc-peering-connection-id': ({ shown }) => shown.Routes?.map((each) => each.VpcPeeringConnectionId),
  'vpc-id': ({ shown }) => shown.VpcId,
};

export const describeRouteTables = ec2Action<'DescribeRouteTables'>(
  { RouteTableIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const rows = select(context, 'routeTable', input.RouteTableIds).map((table) => ({
      tags: table.tags,
      shown: viewRouteTable(table, context),
    }));
    const found = filterResources(rows, input.Filters, FIELDS);
    const { items, next } = page(found, input, ({ shown }) => shown.RouteTableId ?? '', { min: 5, max: 100 });
    return reply({ RouteTables: items.map(({ shown }) => shown), NextToken: next });
  },
);
