/**
 * Transit gateways: routers between VPCs and VPN connections of one region. Of one account here: sharing (RAM) is not supported, so
 * there is nobody whose attachment would have to be accepted.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGateway.html
 */
import type { TransitGateway as Shown } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { newId } from '../../../model/ids.ts';
import { refuse } from '../../../model/refusal.ts';
import { isLive } from '../../../model/remote.ts';
import type { TransitGateway } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { dateOf, invalidValue } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Arn, newResource } from '../../shared/resource.ts';
import { tagsOnCreate, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { bury, findLive, liveCount, selectShown, stateOf } from '../life.ts';
import { newTable } from './route-tables.ts';

/** https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html */
const MAX_GATEWAYS = 5;
const DEFAULT_ASN = 64_512;

export const createTransitGateway = ec2Action<'CreateTransitGateway'>(
  {
    Description: true,
    Options: {
      AmazonSideAsn: true,
      AutoAcceptSharedAttachments: true,
      DefaultRouteTableAssociation: true,
      DefaultRouteTablePropagation: true,
      VpnEcmpSupport: true,
      DnsSupport: true,
      SecurityGroupReferencingSupport: ['disable'],
      MulticastSupport: ['disable'],
    },
    TagSpecifications: true,
  },
  (input, context) => {
    const { Options: options = {} } = input;
    const asn = asnOf(options.AmazonSideAsn, 'AmazonSideAsn');
    if (liveCount(context, 'transitGateway') >= MAX_GATEWAYS) {
      refuse('TransitGatewayLimitExceeded', 'The maximum number of transit gateways has been reached.');
    }
    const associates = options.DefaultRouteTableAssociation !== 'disable';
    const propagates = options.DefaultRouteTablePropagation !== 'disable';
    const tableId = associates || propagates ? newId('transitRouteTable', context) : null;
    const gateway: TransitGateway = {
      ...newResource(context, 'transitGateway', tagsOnCreate(input.TagSpecifications, 'transit-gateway')),
      kind: 'transitGateway',
      description: input.Description ?? '',
      asn,
      autoAccepts: options.AutoAcceptSharedAttachments === 'enable',
      associationTableId: associates ? tableId : null,
      propagationTableId: propagates ? tableId : null,
      sharesNames: options.DnsSupport !== 'disable',
      vpnEcmp: options.VpnEcmpSupport !== 'disable',
      changedRevision: context.nextRevision,
      deletion: null,
    };
    const tables = tableId === null ? [] : [{ ...newTable(context, gateway.id), id: tableId }];
    return {
      edits: [put(gateway), ...tables.map(put)],
      output: { TransitGateway: viewGateway(gateway, context) },
    };
  },
);

const FIELDS = (context: Context): FilterFields<TransitGateway> => ({
  'options.amazon-side-asn': ({ asn }) => asn,
  'options.association-default-route-table-id': ({ associationTableId }) => associationTableId,
  'options.auto-accept-shared-attachments': ({ autoAccepts }) => word(autoAccepts),
  'options.default-route-table-association': ({ associationTableId }) => word(associationTableId !== null),
  'options.default-route-table-propagation': ({ propagationTableId }) => word(propagationTableId !== null),
  'options.dns-support': ({ sharesNames }) => word(sharesNames),
  'options.propagation-default-route-table-id': ({ propagationTableId }) => propagationTableId,
  'options.vpn-ecmp-support': ({ vpnEcmp }) => word(vpnEcmp),
  'owner-id': ({ account }) => account,
  state: (gateway) => stateOf(gateway, context.facts),
  'transit-gateway-id': ({ id }) => id,
});

export const describeTransitGateways = ec2Action<'DescribeTransitGateways'>(
  { TransitGatewayIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = selectShown(context, 'transitGateway', input.TransitGatewayIds);
    const { items, next } = page(filterResources(all, input.Filters, FIELDS(context)), input, ({ id }) => id);
    return reply({ TransitGateways: items.map((each) => viewGateway(each, context)), NextToken: next });
  },
);

/** Its route tables go with it. */
export const deleteTransitGateway = ec2Action<'DeleteTransitGateway'>({ TransitGatewayId: true }, (input, context) => {
  const { intent } = context;
  const gateway = findLive(context, 'transitGateway', input.TransitGatewayId);
  const attachments = intent.table('transitAttachment').by('transitGatewayId', gateway.id).filter(isLive);
  for (const [kind, name] of [
    ['vpc', 'VPC'],
    ['vpn', 'VPN'],
    ['direct-connect-gateway', 'Direct Connect Gateway'],
  ] as const) {
    const of = attachments.filter(({ target }) => target.kind === kind).map(({ id }) => id);
    if (of.length > 0) {
      refuse('IncorrectState', `${gateway.id} has non-deleted ${name} Attachments: ${of.join(', ')}.`);
    }
  }
  const tables = intent.table('transitRouteTable').by('transitGatewayId', gateway.id).filter(isLive);
  const view = viewGateway(gateway, context);
  return {
    edits: [bury(context, gateway), ...tables.map((table) => bury(context, table))],
    output: { TransitGateway: { ...view, State: 'deleting' as const } },
  };
});

function viewGateway(gateway: TransitGateway, { facts }: Context): Shown {
  const { associationTableId, propagationTableId } = gateway;
  return {
    TransitGatewayId: gateway.id,
    TransitGatewayArn: ec2Arn(gateway, 'transit-gateway'),
    State: stateOf(gateway, facts),
    OwnerId: gateway.account,
    Description: gateway.description,
    CreationTime: dateOf(gateway.createdAt),
    Options: {
      AmazonSideAsn: gateway.asn,
      AutoAcceptSharedAttachments: word(gateway.autoAccepts),
      DefaultRouteTableAssociation: word(associationTableId !== null),
      ...(associationTableId !== null && { AssociationDefaultRouteTableId: associationTableId }),
      DefaultRouteTablePropagation: word(propagationTableId !== null),
      ...(propagationTableId !== null && { PropagationDefaultRouteTableId: propagationTableId }),
      VpnEcmpSupport: word(gateway.vpnEcmp),
      DnsSupport: word(gateway.sharesNames),
      SecurityGroupReferencingSupport: 'disable',
      MulticastSupport: 'disable',
    },
    Tags: viewTags(gateway.tags),
  };
}

export function word(isOn: boolean): 'enable' | 'disable' {
  return isOn ? 'enable' : 'disable';
}

/** Private ones, as AWS's side of BGP has: of 16 or 32 bits. */
export function asnOf(asked: number | undefined, name: string): number {
  if (asked === undefined) return DEFAULT_ASN;
  const isPrivate = (asked >= 64_512 && asked <= 65_534) || (asked >= 4_200_000_000 && asked <= 4_294_967_294);
  if (!isPrivate) invalidValue(asked, name, 'It must be in 64512-65534 or 4200000000-4294967294.');
  return asked;
}
