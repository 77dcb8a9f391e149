/**
 * Ids that are not there are no error. A log whose resource is gone is told until it is deleted.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeFlowLogs.html
 */
import type { FlowLog as View } from '@aws-sdk/client-ec2';
import type { FlowLog } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { own } from '../../shared/find.ts';
import { dateOf } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { deliveryFault } from './delivery.ts';

const fields = (context: Context): FilterFields<FlowLog> => ({
  'deliver-log-status': (log) => statusOf(log, context),
  'log-destination-type': typeOf,
  'flow-log-id': ({ id }) => id,
  'log-group-name': ({ destination }) => (destination.kind === 'logGroup' ? destination.name : null),
  'resource-id': ({ resourceId }) => resourceId,
  'traffic-type': ({ traffic }) => traffic,
});

export const describeFlowLogs = ec2Action<'DescribeFlowLogs'>(
  { FlowLogIds: true, Filter: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const { FlowLogIds: ids = [] } = input;
    const all = own(context, 'flowLog').filter(({ id }) => ids.length === 0 || ids.includes(id));
    const { items, next } = page(filterResources(all, input.Filter, fields(context)), input, ({ id }) => id);
    return reply({ FlowLogs: items.map((each) => view(each, context)), NextToken: next });
  },
);

function view(log: FlowLog, context: Context): View {
  const { destination, destinationArn, options, roleArn } = log;
  const fault = deliveryFault(context.intent, context.facts, log);
  return {
    CreationTime: dateOf(log.createdAt),
    ...(fault !== null && { DeliverLogsErrorMessage: fault }),
    ...(roleArn !== null && { DeliverLogsPermissionArn: roleArn }),
    DeliverLogsStatus: statusOf(log, context),
    FlowLogId: log.id,
    FlowLogStatus: 'ACTIVE',
    ...(destination.kind === 'logGroup' && { LogGroupName: destination.name }),
    ResourceId: log.resourceId,
    TrafficType: log.traffic,
    LogDestinationType: typeOf(log),
    ...(destinationArn !== null && { LogDestination: destinationArn }),
    LogFormat: log.format,
    Tags: viewTags(log.tags),
    MaxAggregationInterval: log.intervalSeconds,
    ...(options !== null && {
      DestinationOptions: {
        FileFormat: 'plain-text',
        HiveCompatiblePartitions: options.hivePrefixes,
        PerHourPartition: options.hourly,
      },
    }),
  };
}

function statusOf(log: FlowLog, { intent, facts }: Context): 'SUCCESS' | 'FAILED' {
  return deliveryFault(intent, facts, log) === null ? 'SUCCESS' : 'FAILED';
}

function typeOf({ destination }: FlowLog): 'cloud-watch-logs' | 's3' {
  return destination.kind === 'bucket' ? 's3' : 'cloud-watch-logs';
}
