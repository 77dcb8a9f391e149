/**
 * Route tables of transit gateways: which attachments follow one (association, one table at most), and which tell it their blocks
 * (propagation, any number).
 * https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html
 */
import type { TransitGatewayRouteTable as Shown } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { isLive, liveAttachment } from '../../../model/remote.ts';
import type { TransitAttachment, TransitRouteTable } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterItems, filterResources } from '../../shared/filters.ts';
import { dateOf } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { newResource } from '../../shared/resource.ts';
import { type Tags, tagsOnCreate, viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { bury, findLive, selectShown, stateOf } from '../life.ts';

/** https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html */
const MAX_TABLES = 20;

export function newTable(context: Context, transitGatewayId: string, tags: Tags = {}): TransitRouteTable {
  return {
    ...newResource(context, 'transitRouteTable', tags),
    kind: 'transitRouteTable',
    transitGatewayId,
    routes: [],
    propagations: [],
    changedRevision: context.nextRevision,
    deletion: null,
  };
}

export const createTable = ec2Action<'CreateTransitGatewayRouteTable'>(
  { TransitGatewayId: true, TagSpecifications: true },
  (input, context) => {
    const gateway = findLive(context, 'transitGateway', input.TransitGatewayId);
    refuseUnlessAvailable(context, gateway);
    const tables = context.intent.table('transitRouteTable').by('transitGatewayId', gateway.id).filter(isLive);
    if (tables.length >= MAX_TABLES) {
      refuse('TransitGatewayRouteTableLimitExceeded', 'The maximum number of route tables has been reached.');
    }
    const tags = tagsOnCreate(input.TagSpecifications, 'transit-gateway-route-table');
    const table = newTable(context, gateway.id, tags);
    return { edits: [put(table)], output: { TransitGatewayRouteTable: viewTable(table, context) } };
  },
);

const FIELDS = (context: Context): FilterFields<TransitRouteTable> => ({
  'default-association-route-table': (table) => viewTable(table, context).DefaultAssociationRouteTable,
  'default-propagation-route-table': (table) => viewTable(table, context).DefaultPropagationRouteTable,
  state: (table) => stateOf(table, context.facts),
  'transit-gateway-id': ({ transitGatewayId }) => transitGatewayId,
  'transit-gateway-route-table-id': ({ id }) => id,
});

export const describeTables = ec2Action<'DescribeTransitGatewayRouteTables'>(
  { TransitGatewayRouteTableIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = selectShown(context, 'transitRouteTable', input.TransitGatewayRouteTableIds);
    const { items, next } = page(filterResources(all, input.Filters, FIELDS(context)), input, ({ id }) => id);
    return reply({ TransitGatewayRouteTables: items.map((each) => viewTable(each, context)), NextToken: next });
  },
);

export const deleteTable = ec2Action<'DeleteTransitGatewayRouteTable'>(
  { TransitGatewayRouteTableId: true },
  (input, context) => {
    const table = findLive(context, 'transitRouteTable', input.TransitGatewayRouteTableId);
    const view = viewTable(table, context);
    if (view.DefaultAssociationRouteTable || view.DefaultPropagationRouteTable) {
      refuse('IncorrectState', `${table.id} is a default route table of ${table.transitGatewayId}.`);
    }
    if (associatedWith(context, table).length > 0) {
      refuse('IncorrectState', `${table.id} has non-deleted associations.`);
    }
    return {
      edits: [bury(context, table)],
      output: { TransitGatewayRouteTable: { ...view, State: 'deleting' as const } },
    };
  },
);

export const associateTable = ec2Action<'AssociateTransitGatewayRouteTable'>(
  { TransitGatewayRouteTableId: true, TransitGatewayAttachmentId: true },
  (input, context) => {
    const { table, attachment } = pairOf(input, context);
    if (attachment.associatedTableId !== null) {
      refuse(
        'Resource.AlreadyAssociated',
        `Transit Gateway Attachment ${attachment.id} is already associated to a route table.`,
      );
    }
    const associated = { ...attachment, associatedTableId: table.id, changedRevision: context.nextRevision };
    return {
      edits: [put(associated)],
      output: {
        Association: {
          ...viewAttached(attachment),
          TransitGatewayRouteTableId: table.id,
          State: 'associating' as const,
        },
      },
    };
  },
);

export const disassociateTable = ec2Action<'DisassociateTransitGatewayRouteTable'>(
  { TransitGatewayRouteTableId: true, TransitGatewayAttachmentId: true },
  (input, context) => {
    const { table, attachment } = pairOf(input, context);
    if (attachment.associatedTableId !== table.id) {
      refuse('InvalidAssociation.NotFound', `Association (${table.id}, ${attachment.id}) does not exist.`);
    }
    return {
      edits: [put({ ...attachment, associatedTableId: null, changedRevision: context.nextRevision })],
      output: {
        Association: {
          ...viewAttached(attachment),
          TransitGatewayRouteTableId: table.id,
          State: 'disassociating' as const,
        },
      },
    };
  },
);

export const enablePropagation = ec2Action<'EnableTransitGatewayRouteTablePropagation'>(
  { TransitGatewayRouteTableId: true, TransitGatewayAttachmentId: true },
  (input, context) => {
    const { table, attachment } = pairOf(input, context);
    if (table.propagations.includes(attachment.id)) {
      refuse(
        'TransitGatewayRouteTablePropagation.Duplicate',
        `Propagation (${attachment.id}) already exists in Transit Gateway Route Table ${table.id}.`,
      );
    }
    const propagations = [...table.propagations, attachment.id];
    return {
      edits: [put({ ...table, propagations, changedRevision: context.nextRevision })],
      output: {
        Propagation: { ...viewAttached(attachment), TransitGatewayRouteTableId: table.id, State: 'enabled' as const },
      },
    };
  },
);

export const disablePropagation = ec2Action<'DisableTransitGatewayRouteTablePropagation'>(
  { TransitGatewayRouteTableId: true, TransitGatewayAttachmentId: true },
  (input, context) => {
    const { table, attachment } = pairOf(input, context);
    if (!table.propagations.includes(attachment.id)) {
      refuse(
        'TransitGatewayRouteTablePropagation.NotFound',
        `Propagation (${attachment.id}) does not exist in Transit Gateway Route Table ${table.id}.`,
      );
    }
    const propagations = table.propagations.filter((id) => id !== attachment.id);
    return {
      edits: [put({ ...table, propagations, changedRevision: context.nextRevision })],
      output: {
        Propagation: { ...viewAttached(attachment), TransitGatewayRouteTableId: table.id, State: 'disabled' as const },
      },
    };
  },
);

const ATTACHED: FilterFields<TransitAttachment> = {
  'resource-id': (attachment) => viewAttached(attachment).ResourceId,
  'resource-type': ({ target }) => target.kind,
  'transit-gateway-attachment-id': ({ id }) => id,
};

export const getAssociations = ec2Action<'GetTransitGatewayRouteTableAssociations'>(
  { TransitGatewayRouteTableId: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const table = findLive(context, 'transitRouteTable', input.TransitGatewayRouteTableId);
    const all = filterItems(associatedWith(context, table), input.Filters, ATTACHED);
    const { items, next } = page(all, input, ({ id }) => id);
    const Associations = items.map((each) => ({
      ...viewAttached(each),
      State: stateOf(each, context.facts) === 'available' ? ('associated' as const) : ('associating' as const),
    }));
    return reply({ Associations, NextToken: next });
  },
);

export const getPropagations = ec2Action<'GetTransitGatewayRouteTablePropagations'>(
  { TransitGatewayRouteTableId: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const table = findLive(context, 'transitRouteTable', input.TransitGatewayRouteTableId);
    const live = table.propagations.flatMap((id) => liveAttachment(context.intent, id) ?? []);
    const { items, next } = page(filterItems(live, input.Filters, ATTACHED), input, ({ id }) => id);
    const found = items.map((each) => ({ ...viewAttached(each), State: 'enabled' as const }));
    return reply({ TransitGatewayRouteTablePropagations: found, NextToken: next });
  },
);

/** An attachment's id, and what is attached. */
export function viewAttached({ id, target }: TransitAttachment) {
  return {
    TransitGatewayAttachmentId: id,
    ResourceId: attachedTo(target),
    ResourceType: target.kind,
  } as const;
}

function attachedTo(target: TransitAttachment['target']): string {
  if (target.kind === 'vpc') return target.vpcId;
  return target.kind === 'vpn' ? target.connectionId : target.gatewayId;
}

/** AWS refuses what hangs on a gateway that it does not have yet. */
export function refuseUnlessAvailable(
  { facts }: Context,
  gateway: { readonly id: string } & Parameters<typeof stateOf>[0],
): void {
  if (stateOf(gateway, facts) !== 'available') refuse('IncorrectState', `${gateway.id} is in invalid state`);
}

function associatedWith({ intent }: Context, table: TransitRouteTable): readonly TransitAttachment[] {
  return intent.table('transitAttachment').by('associatedTableId', table.id).filter(isLive);
}

function pairOf(
  input: {
    readonly TransitGatewayRouteTableId?: string | undefined;
    readonly TransitGatewayAttachmentId?: string | undefined;
  },
  context: Context,
) {
  const table = findLive(context, 'transitRouteTable', input.TransitGatewayRouteTableId);
  const attachment = findLive(context, 'transitAttachment', input.TransitGatewayAttachmentId);
  if (attachment.transitGatewayId !== table.transitGatewayId) {
    refuse('InvalidParameterValue', `${table.id} and ${attachment.id} belong to different transit gateways.`);
  }
  return { table, attachment };
}

function viewTable(table: TransitRouteTable, { intent, facts }: Context): Shown {
  const gateway = intent.table('transitGateway').get(table.transitGatewayId);
  return {
    TransitGatewayRouteTableId: table.id,
    TransitGatewayId: table.transitGatewayId,
    State: stateOf(table, facts),
    DefaultAssociationRouteTable: gateway?.associationTableId === table.id,
    DefaultPropagationRouteTable: gateway?.propagationTableId === table.id,
    CreationTime: dateOf(table.createdAt),
    Tags: viewTags(table.tags),
  };
}
