/**
 * Flow logs of VPCs, subnets or network interfaces, to a log group or a bucket; of other kinds of resources, and to delivery
 * streams, they are refused by name. That the destination is there is not looked at: how delivery fares, the log itself tells.
 *
 * In the order of the checks: missing ids and traffic type; destination, role, interval and format; then each resource, whether
 * it is there, has such a log already, and has room for one more.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html
 */
import type { CreateFlowLogsRequest } from '@aws-sdk/client-ec2';
import { put } from '../../../model/edit.ts';
import { DEFAULT_FORMAT, FLOW_LOG_FIELDS, fieldsOf } from '../../../model/flow-log-fields.ts';
import { refuse } from '../../../model/refusal.ts';
import type { FlowLog, LogDestination } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { distinct, required } from '../../shared/input.ts';
import { readLogDestination } from '../../shared/log-destination.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';

const MAX_RESOURCES = 300;
const MAX_PER_RESOURCE = 2;

const KINDS = { VPC: 'vpc', Subnet: 'subnet', NetworkInterface: 'networkInterface' } as const;

/** What all logs of one call have in common. */
type Wish = Omit<FlowLog, 'kind' | 'id' | 'account' | 'region' | 'tags' | 'createdAt' | 'resourceId'>;

export const createFlowLogs = ec2Action<'CreateFlowLogs'>(
  {
    ResourceIds: true,
    ResourceType: ['VPC', 'Subnet', 'NetworkInterface'],
    TrafficType: true,
    LogDestinationType: ['cloud-watch-logs', 's3'],
    LogDestination: true,
    LogGroupName: true,
    DeliverLogsPermissionArn: true,
    LogFormat: true,
    MaxAggregationInterval: true,
    DestinationOptions: { FileFormat: ['plain-text'], HiveCompatiblePartitions: true, PerHourPartition: true },
    TagSpecifications: true,
    ClientToken: true,
  },
  (input, context) => {
    const tags = tagsOnCreate(input.TagSpecifications, 'vpc-flow-log');
    const ids = distinct(required(input.ResourceIds, 'ResourceIds'));
    if (ids.length === 0) required(undefined, 'ResourceIds');
    if (ids.length > MAX_RESOURCES) invalid(`The maximum number of resource IDs in a request is ${MAX_RESOURCES}.`);
    const kind = KINDS[required(input.ResourceType, 'ResourceType') as keyof typeof KINDS];
    const wish = wishOf(input, context);
    const made = ids.map((id): FlowLog => {
      const resourceId = find(context, kind, id).id;
      checkRoom(context, resourceId, wish);
      return { ...newResource(context, 'flowLog', tags), kind: 'flowLog', resourceId, ...wish };
    });
    const { ClientToken } = input;
    const output = { FlowLogIds: made.map(({ id }) => id), Unsuccessful: [] };
    return { edits: made.map(put), output: { ...output, ...(ClientToken !== undefined && { ClientToken }) } };
  },
);

function wishOf(input: CreateFlowLogsRequest, context: Context): Wish {
  const traffic = required(input.TrafficType, 'TrafficType');
  const destination = destinationOf(input, context);
  const toBucket = destination.kind === 'bucket';
  const roleArn = roleOf(input.DeliverLogsPermissionArn, toBucket, context);
  const intervalSeconds = input.MaxAggregationInterval ?? 600;
  if (intervalSeconds !== 60 && intervalSeconds !== 600) invalid('Invalid Flow Log Max Aggregation Interval');
  const { HiveCompatiblePartitions = false, PerHourPartition = false } = input.DestinationOptions ?? {};
  if (!toBucket && input.DestinationOptions !== undefined) {
    invalid('DestinationOptions can only be provided if LogDestinationType is s3.');
  }
  return {
    ...{ traffic, destination, destinationArn: input.LogDestination ?? null, roleArn, intervalSeconds },
    format: formatOf(input.LogFormat),
    options:
      input.DestinationOptions === undefined
        ? null
        : { hivePrefixes: HiveCompatiblePartitions, hourly: PerHourPartition },
  };
}

function destinationOf(input: CreateFlowLogsRequest, context: Context): LogDestination {
  const { LogDestinationType: type = 'cloud-watch-logs', LogDestination: arn, LogGroupName: name } = input;
  if (arn === undefined && name === undefined)
    invalid("LogDestination can't be empty if LogGroupName is not provided.");
  if (arn !== undefined && name !== undefined)
    invalid('Please only provide LogGroupName or only provide LogDestination.');
  if (name !== undefined) {
    if (type !== 'cloud-watch-logs')
      invalid('LogDestination type must be cloud-watch-logs if LogGroupName is provided.');
    if (!/^[\w./#-]{1,512}$/.test(name)) invalid(`Invalid LogGroupName: ${name}`);
    return { kind: 'logGroup', name };
  }
  const read = readLogDestination(arn ?? '', context);
  const wanted = type === 's3' ? 'bucket' : 'logGroup';
  if (typeof read !== 'object' || read.kind !== wanted) invalid(`Invalid LogDestination for ${type}: ${arn}`);
  if (read.kind === 'bucket' && /^AWSLogs(\/|$)/.test(read.prefix)) {
    invalid('AWSLogs is a reserved term and cannot be used as a subfolder of LogDestination.');
  }
  return read;
}

function roleOf(arn: string | undefined, toBucket: boolean, { account }: Context): string | null {
  if (toBucket) {
    return arn === undefined ? null : invalid('DeliverLogsPermissionArn is not applicable for s3 delivery');
  }
  if (arn === undefined || arn === '') {
    return invalid("DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.");
  }
  if (/^arn:aws:iam::(\d{12}):role\/.+$/.exec(arn)?.[1] !== account)
    invalid(`Invalid DeliverLogsPermissionArn: ${arn}`);
  return arn;
}

function formatOf(format: string | undefined): string {
  if (format === undefined) return DEFAULT_FORMAT;
  const fields = fieldsOf(format);
  if (fields === undefined) return invalid(`Invalid LogFormat: ${format}`);
  const unknown = fields.filter((each) => !FLOW_LOG_FIELDS.has(each));
  if (unknown.length > 0) {
    const listed = unknown.map((each) => `\${${each}}`).join(', ');
    refuse('InvalidParameter', `Unknown fields provided: ${listed}. Culvert has those of versions 2 to 5.`);
  }
  return format;
}

function checkRoom({ intent }: Context, resourceId: string, wish: Wish): void {
  const present = intent.table('flowLog').by('resourceId', resourceId);
  const isSame = (each: FlowLog) =>
    each.traffic === wish.traffic &&
    each.format === wish.format &&
    JSON.stringify(each.destination) === JSON.stringify(wish.destination);
  if (present.some(isSame)) {
    refuse(
      'FlowLogAlreadyExists',
      'Error. There is an existing Flow Log with the same configuration and log destination.',
    );
  }
  if (present.length >= MAX_PER_RESOURCE) {
    refuse('FlowLogsLimitExceeded', `The limit of ${MAX_PER_RESOURCE} flow logs for ${resourceId} is reached.`);
  }
}

function invalid(message: string): never {
  refuse('InvalidParameter', message);
}
