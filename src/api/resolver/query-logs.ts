/**
 * Query logging configurations: where the questions of associated VPCs are logged. A bucket or a log group; delivery streams are
 * refused by name. That the destination is there is not looked at.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateResolverQueryLogConfig.html
 */
import type { ResolverQueryLogConfig as View } from '@aws-sdk/client-route53resolver';
import { put, remove } from '../../model/edit.ts';
import { newId } from '../../model/ids.ts';
import { refuse } from '../../model/refusal.ts';
import type { LogDestination, QueryLog } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { readLogDestination } from '../shared/log-destination.ts';
import { resolverAction } from './action.ts';
import {
  ARN_TYPES,
  arnOf,
  findOwn,
  invalid,
  nameOf,
  ownOf,
  refuseRequest,
  requestId,
  sortedAndListed,
} from './find.ts';
import { tagsOnCreate } from './tags.ts';

/** AWS's default quota. */
const MAX_CONFIGS = 20;

export const createQueryLog = resolverAction<'CreateResolverQueryLogConfig'>(
  { Name: true, DestinationArn: true, CreatorRequestId: true, Tags: true },
  (input, context) => {
    const creatorRequestId = requestId(input.CreatorRequestId ?? context.hex(32));
    const name = nameOf(input.Name);
    if (name === null) invalid('A query logging config needs a name.');
    const destination = destinationOf(input.DestinationArn, context);
    const own = ownOf(context, 'queryLog');
    if (own.some((each) => each.creatorRequestId === creatorRequestId)) {
      refuse(
        'ResourceExistsException',
        `A query logging config with CreatorRequestId '${creatorRequestId}' exists already.`,
      );
    }
    if (own.length >= MAX_CONFIGS) {
      refuse('LimitExceededException', `The limit of ${MAX_CONFIGS} query logging configs in the Region is reached.`);
    }
    const config: QueryLog = {
      kind: 'queryLog',
      id: newId('queryLog', context),
      account: context.account,
      region: context.region,
      tags: tagsOnCreate(input.Tags),
      createdAt: context.now,
      creatorRequestId,
      name,
      destinationArn: input.DestinationArn,
      destination,
      madeRevision: context.nextRevision,
    };
    return { edits: [put(config)], output: { ResolverQueryLogConfig: view(config, context) } };
  },
);

export const getQueryLog = resolverAction<'GetResolverQueryLogConfig'>(
  { ResolverQueryLogConfigId: true },
  (input, context) => {
    const config = findOwn(context, 'queryLog', input.ResolverQueryLogConfigId);
    return reply({ ResolverQueryLogConfig: view(config, context) });
  },
);

export const listQueryLogs = resolverAction<'ListResolverQueryLogConfigs'>(
  { MaxResults: true, NextToken: true, Filters: true, SortBy: true, SortOrder: true },
  (input, context) => {
    const own = ownOf(context, 'queryLog').map((each) => view(each, context));
    const { items, counts } = sortedAndListed(own, input, {
      Arn: (each) => each.Arn,
      AssociationCount: (each) => each.AssociationCount,
      CreationTime: (each) => each.CreationTime,
      CreatorRequestId: (each) => each.CreatorRequestId,
      Destination: (each) => (each.DestinationArn?.startsWith('arn:aws:s3:') ? 'S3' : 'CloudWatchLogs'),
      DestinationArn: (each) => each.DestinationArn,
      Id: (each) => each.Id,
      Name: (each) => each.Name,
      OwnerId: (each) => each.OwnerId,
      ShareStatus: (each) => each.ShareStatus,
      Status: (each) => each.Status,
    });
    return reply({ ResolverQueryLogConfigs: items, ...counts });
  },
);

export const deleteQueryLog = resolverAction<'DeleteResolverQueryLogConfig'>(
  { ResolverQueryLogConfigId: true },
  (input, context) => {
    const config = findOwn(context, 'queryLog', input.ResolverQueryLogConfigId);
    if (context.intent.table('queryLogAssociation').count('configId', config.id) > 0) {
      refuseRequest(`Please disassociate all VPCs from the query logging config before deleting it: ${config.id}`);
    }
    const told = { ...view(config, context), Status: 'DELETING' as const };
    return { edits: [remove(config)], output: { ResolverQueryLogConfig: told } };
  },
);

function destinationOf(arn: string, context: Context): LogDestination {
  const destination = readLogDestination(arn, context);
  if (destination === 'elsewhere') invalid(`The log group '${arn}' is not of this account and Region.`);
  if (destination === 'stream') {
    refuse('UnsupportedOperation', `Query logs go to S3 buckets and log groups only in Culvert, not to '${arn}'.`);
  }
  if (destination === undefined) {
    invalid(`The destination '${arn}' is not the ARN of an S3 bucket, a log group or a delivery stream.`);
  }
  return destination;
}

function view(config: QueryLog, { intent, facts }: Context): View {
  return {
    Id: config.id,
    OwnerId: config.account,
    Status: facts.appliedRevision >= config.madeRevision ? 'CREATED' : 'CREATING',
    ShareStatus: 'NOT_SHARED',
    AssociationCount: intent.table('queryLogAssociation').count('configId', config.id),
    Arn: arnOf(config, ARN_TYPES.queryLog),
    Name: config.name,
    DestinationArn: config.destinationArn,
    CreatorRequestId: config.creatorRequestId,
    CreationTime: config.createdAt,
  };
}
