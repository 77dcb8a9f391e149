/**
 * Attachments of VPCs to transit gateways: an interface in one subnet of each zone. Zones without one do not reach the gateway.
 * VPN connections make theirs themselves (../vpn/connections.ts).
 * https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
 */
import type { TransitGatewayVpcAttachment as Shown } from '@aws-sdk/client-ec2';
import { type Edit, put, remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { isLive } from '../../../model/remote.ts';
import type { NetworkInterface, Subnet, TransitAttachment, TransitGateway } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { find, findIfThere } from '../../shared/find.ts';
import { dateOf, distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { newResource } from '../../shared/resource.ts';
import { type Tags, tagsOnCreate, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { bury, findLive, selectShown, stateOf } from '../life.ts';
import { subnetAddresses } from '../network-interface/allocate.ts';
import { checkInterfaceQuota, newInterface } from '../network-interface/birth.ts';
import { word } from './gateways.ts';
import { refuseUnlessAvailable, viewAttached } from './route-tables.ts';

const OPTIONS = {
  DnsSupport: true,
  SecurityGroupReferencingSupport: ['disable'],
  Ipv6Support: ['disable'],
  ApplianceModeSupport: ['disable'],
} as const;

/** With the gateway's default tables. */
export function newAttachment(
  context: Context,
  gateway: TransitGateway,
  target: TransitAttachment['target'],
  tags: Tags,
): { readonly attachment: TransitAttachment; readonly edits: readonly Edit[] } {
  const attachment: TransitAttachment = {
    ...newResource(context, 'transitAttachment', tags),
    kind: 'transitAttachment',
    transitGatewayId: gateway.id,
    target,
    associatedTableId: gateway.associationTableId,
    madeRevision: context.nextRevision,
    changedRevision: context.nextRevision,
    deletion: null,
  };
  const table = context.intent.table('transitRouteTable').get(gateway.propagationTableId ?? '');
  const propagation =
    table === undefined ? [] : [put({ ...table, propagations: [...table.propagations, attachment.id] })];
  return { attachment, edits: [put(attachment), ...propagation] };
}

/** Tables forget it, but for static routes: these stay, as blackholes. */
export function endAttachment(context: Context, attachment: TransitAttachment): readonly Edit[] {
  const tables = context.intent.table('transitRouteTable').by('transitGatewayId', attachment.transitGatewayId);
  return [
    bury(context, { ...attachment, associatedTableId: null }),
    ...interfacesOf(context, attachment).map(remove),
    ...tables
      .filter(({ propagations }) => propagations.includes(attachment.id))
      .map((table) => put({ ...table, propagations: table.propagations.filter((id) => id !== attachment.id) })),
  ];
}

export const createVpcAttachment = ec2Action<'CreateTransitGatewayVpcAttachment'>(
  { TransitGatewayId: true, VpcId: true, SubnetIds: true, Options: OPTIONS, TagSpecifications: true },
  (input, context) => {
    const gateway = findLive(context, 'transitGateway', input.TransitGatewayId);
    refuseUnlessAvailable(context, gateway);
    const vpc = find(context, 'vpc', input.VpcId ?? '');
    const present = context.intent.table('transitAttachment').by('target.vpcId', vpc.id).filter(isLive);
    if (present.some(({ transitGatewayId }) => transitGatewayId === gateway.id)) {
      refuse(
        'DuplicateTransitGatewayAttachment',
        `${gateway.id} has non-deleted Transit Gateway Attachments with same VPC ID.`,
      );
    }
    const subnets = subnetsIn(context, input.SubnetIds, vpc.id, []);
    const sharesNames = input.Options?.DnsSupport !== 'disable';
    const { attachment, edits } = newAttachment(
      context,
      gateway,
      { kind: 'vpc', vpcId: vpc.id, sharesNames },
      tagsOnCreate(input.TagSpecifications, 'transit-gateway-attachment'),
    );
    const interfaces = newInterfaces(context, attachment, subnets);
    return {
      edits: [...edits, ...interfaces.map(put)],
      output: { TransitGatewayVpcAttachment: viewVpcAttachment(attachment, interfaces, context) },
    };
  },
);

export const modifyVpcAttachment = ec2Action<'ModifyTransitGatewayVpcAttachment'>(
  { TransitGatewayAttachmentId: true, AddSubnetIds: true, RemoveSubnetIds: true, Options: OPTIONS },
  (input, context) => {
    const attachment = findLive(context, 'transitAttachment', input.TransitGatewayAttachmentId);
    const { target } = attachment;
    if (target.kind !== 'vpc') refuse('InvalidParameterValue', `${attachment.id} is no attachment of a VPC.`);
    if (stateOf(attachment, context.facts) !== 'available') {
      refuse('IncorrectState', `${attachment.id} is in invalid state`);
    }
    const leaving = new Set(input.RemoveSubnetIds ?? []);
    const present = interfacesOf(context, attachment);
    const [gone, stay] = [true, false].map((is) => present.filter(({ subnetId }) => leaving.has(subnetId) === is));
    for (const id of leaving) {
      if (!present.some(({ subnetId }) => subnetId === id)) refuseSubnet(id);
    }
    const added = input.AddSubnetIds ?? [];
    const subnets = added.length === 0 ? [] : subnetsIn(context, added, target.vpcId, stay ?? []);
    if ((stay ?? []).length + subnets.length === 0) {
      refuse('InvalidParameterValue', `${attachment.id} needs at least one subnet.`);
    }
    const asked = input.Options?.DnsSupport;
    const sharesNames = asked === undefined ? target.sharesNames : asked === 'enable';
    const changed = { ...attachment, target: { ...target, sharesNames }, changedRevision: context.nextRevision };
    const made = newInterfaces(context, attachment, subnets);
    return {
      edits: [put(changed), ...(gone ?? []).map(remove), ...made.map(put)],
      output: { TransitGatewayVpcAttachment: viewVpcAttachment(changed, [...(stay ?? []), ...made], context) },
    };
  },
);

export const deleteVpcAttachment = ec2Action<'DeleteTransitGatewayVpcAttachment'>(
  { TransitGatewayAttachmentId: true },
  (input, context) => {
    const attachment = findLive(context, 'transitAttachment', input.TransitGatewayAttachmentId);
    if (attachment.target.kind !== 'vpc') {
      refuse('InvalidParameterValue', `${attachment.id} is no attachment of a VPC.`);
    }
    const view = viewVpcAttachment(attachment, interfacesOf(context, attachment), context);
    return {
      edits: endAttachment(context, attachment),
      output: { TransitGatewayVpcAttachment: { ...view, State: 'deleting' as const } },
    };
  },
);

const VPC_FIELDS = (context: Context): FilterFields<TransitAttachment> => ({
  state: (attachment) => attachmentState(attachment, context),
  'transit-gateway-attachment-id': ({ id }) => id,
  'transit-gateway-id': ({ transitGatewayId }) => transitGatewayId,
  'vpc-id': (attachment) => viewAttached(attachment).ResourceId,
});

export const describeVpcAttachments = ec2Action<'DescribeTransitGatewayVpcAttachments'>(
  { TransitGatewayAttachmentIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = selectShown(context, 'transitAttachment', input.TransitGatewayAttachmentIds).filter(
      ({ target }) => target.kind === 'vpc',
    );
    const { items, next } = page(filterResources(all, input.Filters, VPC_FIELDS(context)), input, ({ id }) => id);
    return reply({
      TransitGatewayVpcAttachments: items.map((each) => viewVpcAttachment(each, interfacesOf(context, each), context)),
      NextToken: next,
    });
  },
);

const FIELDS = (context: Context): FilterFields<TransitAttachment> => ({
  'association.state': ({ associatedTableId }) => (associatedTableId === null ? undefined : 'associated'),
  'association.transit-gateway-route-table-id': ({ associatedTableId }) => associatedTableId,
  'resource-id': (attachment) => viewAttached(attachment).ResourceId,
  'resource-owner-id': ({ account }) => account,
  'resource-type': ({ target }) => target.kind,
  state: (attachment) => attachmentState(attachment, context),
  'transit-gateway-attachment-id': ({ id }) => id,
  'transit-gateway-id': ({ transitGatewayId }) => transitGatewayId,
  'transit-gateway-owner-id': ({ account }) => account,
});

export const describeAttachments = ec2Action<'DescribeTransitGatewayAttachments'>(
  { TransitGatewayAttachmentIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = selectShown(context, 'transitAttachment', input.TransitGatewayAttachmentIds);
    const { items, next } = page(filterResources(all, input.Filters, FIELDS(context)), input, ({ id }) => id);
    const TransitGatewayAttachments = items.map((each) => ({
      ...viewAttached(each),
      TransitGatewayId: each.transitGatewayId,
      TransitGatewayOwnerId: each.account,
      ResourceOwnerId: each.account,
      State: attachmentState(each, context),
      ...(each.associatedTableId !== null && {
        Association: { TransitGatewayRouteTableId: each.associatedTableId, State: 'associated' as const },
      }),
      CreationTime: dateOf(each.createdAt),
      Tags: viewTags(each.tags),
    }));
    return reply({ TransitGatewayAttachments, NextToken: next });
  },
);

function interfacesOf({ intent }: Context, { id }: TransitAttachment): readonly NetworkInterface[] {
  return intent.table('networkInterface').by('transitAttachmentId', id);
}

/** Of one VPC, one in each zone at most; `present`: interfaces that the attachment has already. */
function subnetsIn(
  context: Context,
  ids: readonly string[] | undefined,
  vpcId: string,
  present: readonly NetworkInterface[],
): readonly Subnet[] {
  if (ids === undefined || ids.length === 0) {
    refuse('MissingParameter', 'The request must contain the parameter SubnetIds');
  }
  const subnets = distinct(ids).map((id) => {
    const subnet = findIfThere(context, 'subnet', id);
    return subnet?.vpcId === vpcId ? subnet : refuseSubnet(id);
  });
  const zones = [...present.map(({ subnetId }) => find(context, 'subnet', subnetId)), ...subnets].map(
    ({ zoneId }) => zoneId,
  );
  if (new Set(zones).size < zones.length) refuse('DuplicateSubnetsInSameZone', 'Duplicate Subnets for same AZ');
  return subnets;
}

/** In the words of transit gateways, which are others than those of subnets themselves. */
function refuseSubnet(id: string): never {
  refuse('InvalidSubnetID.NotFound', `Subnet ${id} was deleted or does not exist.`);
}

function newInterfaces(
  context: Context,
  { id }: TransitAttachment,
  subnets: readonly Subnet[],
): readonly NetworkInterface[] {
  checkInterfaceQuota(context, subnets.length);
  return subnets.map((subnet) => ({
    ...newInterface(context, {
      subnet,
      addresses: [subnetAddresses(context, subnet).take()],
      groupIds: [],
      description: `Network Interface for Transit Gateway Attachment ${id}`,
    }),
    type: 'transitGateway',
    transitAttachmentId: id,
  }));
}

export function attachmentState(
  attachment: TransitAttachment,
  { facts }: Pick<Context, 'facts'>,
): ReturnType<typeof stateOf> | 'modifying' {
  const state = stateOf(attachment, facts);
  return state === 'pending' && attachment.madeRevision < attachment.changedRevision ? 'modifying' : state;
}

function viewVpcAttachment(
  attachment: TransitAttachment,
  interfaces: readonly NetworkInterface[],
  context: Context,
): Shown {
  const { target } = attachment;
  return {
    TransitGatewayAttachmentId: attachment.id,
    TransitGatewayId: attachment.transitGatewayId,
    VpcId: viewAttached(attachment).ResourceId,
    VpcOwnerId: attachment.account,
    State: attachmentState(attachment, context),
    SubnetIds: interfaces.map(({ subnetId }) => subnetId),
    CreationTime: dateOf(attachment.createdAt),
    Options: {
      DnsSupport: word(target.kind === 'vpc' && target.sharesNames),
      SecurityGroupReferencingSupport: 'disable',
      Ipv6Support: 'disable',
      ApplianceModeSupport: 'disable',
    },
    Tags: viewTags(attachment.tags),
  };
}
