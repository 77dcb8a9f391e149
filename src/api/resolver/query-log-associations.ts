/**
 * Which VPCs' questions a query logging configuration logs: of its own account and region.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateResolverQueryLogConfig.html
 */
import type { ResolverQueryLogConfigAssociation as View } from '@aws-sdk/client-route53resolver';
import { put, remove } from '../../model/edit.ts';
import { newId } from '../../model/ids.ts';
import { refuse } from '../../model/refusal.ts';
import type { QueryLogAssociation } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { findIfThere } from '../shared/find.ts';
import { resolverAction } from './action.ts';
import { findOwn, ownOf, sortedAndListed } from './find.ts';

/** AWS's default quota. */
const MAX_ASSOCIATIONS = 100;

export const associateQueryLog = resolverAction<'AssociateResolverQueryLogConfig'>(
  { ResolverQueryLogConfigId: true, ResourceId: true },
  (input, context) => {
    const config = findOwn(context, 'queryLog', input.ResolverQueryLogConfigId);
    const vpc = findIfThere(context, 'vpc', input.ResourceId);
    if (vpc === undefined) refuse('ResourceNotFoundException', `The vpc ID '${input.ResourceId}' does not exist`);
    const present = context.intent.table('queryLogAssociation').by('vpcId', vpc.id);
    if (present.some((each) => each.configId === config.id)) {
      refuse('ResourceExistsException', `The query logging config ${config.id} is associated with ${vpc.id} already.`);
    }
    if (ownOf(context, 'queryLogAssociation').length >= MAX_ASSOCIATIONS) {
      refuse(
        'LimitExceededException',
        `The limit of ${MAX_ASSOCIATIONS} query logging associations in the Region is reached.`,
      );
    }
    const association: QueryLogAssociation = {
      kind: 'queryLogAssociation',
      id: newId('queryLogAssociation', context),
      account: context.account,
      region: context.region,
      tags: {},
      createdAt: context.now,
      configId: config.id,
      vpcId: vpc.id,
      madeRevision: context.nextRevision,
    };
    return { edits: [put(association)], output: { ResolverQueryLogConfigAssociation: view(association, context) } };
  },
);

export const disassociateQueryLog = resolverAction<'DisassociateResolverQueryLogConfig'>(
  { ResolverQueryLogConfigId: true, ResourceId: true },
  (input, context) => {
    const config = findOwn(context, 'queryLog', input.ResolverQueryLogConfigId);
    const found = context.intent
      .table('queryLogAssociation')
      .by('configId', config.id)
      .find((each) => each.vpcId === input.ResourceId);
    if (found === undefined) {
      refuse('ResourceNotFoundException', `${config.id} is not associated with '${input.ResourceId}'.`);
    }
    const told = { ...view(found, context), Status: 'DELETING' as const };
    return { edits: [remove(found)], output: { ResolverQueryLogConfigAssociation: told } };
  },
);

export const getQueryLogAssociation = resolverAction<'GetResolverQueryLogConfigAssociation'>(
  { ResolverQueryLogConfigAssociationId: true },
  (input, context) => {
    const found = findOwn(context, 'queryLogAssociation', input.ResolverQueryLogConfigAssociationId);
    return reply({ ResolverQueryLogConfigAssociation: view(found, context) });
  },
);

export const listQueryLogAssociations = resolverAction<'ListResolverQueryLogConfigAssociations'>(
  { MaxResults: true, NextToken: true, Filters: true, SortBy: true, SortOrder: true },
  (input, context) => {
    const own = ownOf(context, 'queryLogAssociation').map((each) => view(each, context));
    const { items, counts } = sortedAndListed(own, input, {
      CreationTime: (each) => each.CreationTime,
      Error: (each) => each.Error,
      Id: (each) => each.Id,
      ResolverQueryLogConfigId: (each) => each.ResolverQueryLogConfigId,
      ResourceId: (each) => each.ResourceId,
      Status: (each) => each.Status,
    });
    return reply({ ResolverQueryLogConfigAssociations: items, ...counts });
  },
);

function view(association: QueryLogAssociation, { facts }: Context): View {
  return {
    Id: association.id,
    ResolverQueryLogConfigId: association.configId,
    ResourceId: association.vpcId,
    Status: facts.appliedRevision >= association.madeRevision ? 'ACTIVE' : 'CREATING',
    Error: 'NONE',
    ErrorMessage: '',
    CreationTime: association.createdAt,
  };
}
