/**
 * CloudWatch Logs, as much as reading back what was logged needs: groups, streams, events, retention, tags. No library has it, so it
 * is small and our own; what it does not read of a call is refused by name. Bounded (log-store.ts).
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html
 */
import type * as Logs from '@aws-sdk/client-cloudwatch-logs';
import { notImplemented, Refusal, refuse } from '../../../model/refusal.ts';
import type { DecodedCall, Structure } from '../../../wire/index.ts';
import {
  checkGroupName,
  checkTags,
  constraint,
  type Desk,
  groupArn,
  groupIdentified,
  groupNamed,
  groupOf,
  invalid,
  listed,
  streamNamed,
} from './log-desk.ts';
import { filterEvents, getEvents, putEvents } from './log-events.ts';
import type { LogGroup, LogStream } from './log-store.ts';
import type { Stores } from './stores.ts';

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const OF_GROUP = ['logGroupName', 'logGroupIdentifier'];
const PAGE = ['limit', 'nextToken'];

/** The operations there are, and the members of each that have an effect. */
export const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  CreateLogGroup: ['logGroupName', 'tags'],
  CreateLogStream: ['logGroupName', 'logStreamName'],
  DeleteLogGroup: ['logGroupName'],
  DeleteLogStream: ['logGroupName', 'logStreamName'],
  DeleteRetentionPolicy: ['logGroupName'],
  DescribeLogGroups: ['logGroupNamePattern', 'logGroupNamePrefix', ...PAGE],
  DescribeLogStreams: [...OF_GROUP, 'descending', 'logStreamNamePrefix', 'orderBy', ...PAGE],
  FilterLogEvents: [
    ...OF_GROUP,
    'endTime',
    'filterPattern',
    'interleaved',
    'logStreamNamePrefix',
    'logStreamNames',
    'startFromHead',
    'startTime',
    ...PAGE,
  ],
  GetLogEvents: [...OF_GROUP, 'endTime', 'logStreamName', 'startFromHead', 'startTime', ...PAGE],
  ListTagsForResource: ['resourceArn'],
  PutLogEvents: ['logEvents', 'logGroupName', 'logStreamName', 'sequenceToken'],
  PutRetentionPolicy: ['logGroupName', 'retentionInDays'],
  TagResource: ['resourceArn', 'tags'],
  UntagResource: ['resourceArn', 'tagKeys'],
};

/** Said aloud, these ask for nothing. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  deletionProtectionEnabled: false,
  includeLinkedAccounts: false,
  logGroupClass: 'STANDARD',
  unmask: false,
};

// biome-ignore lint/suspicious/noExplicitAny: each entry is typed where it is written.
const ACTIONS: Readonly<Record<string, (input: any, desk: Desk) => Structure>> = {
  CreateLogGroup: createGroup,
  CreateLogStream: createStream,
  DeleteLogGroup: deleteGroup,
  DeleteLogStream: deleteStream,
  DeleteRetentionPolicy: deleteRetention,
  DescribeLogGroups: describeGroups,
  DescribeLogStreams: describeStreams,
  FilterLogEvents: filterEvents,
  GetLogEvents: getEvents,
  ListTagsForResource: listTags,
  PutLogEvents: putEvents,
  PutRetentionPolicy: putRetention,
  TagResource: tag,
  UntagResource: untag,
};

export function callLogs(stores: Stores, call: DecodedCall, account: string): Structure {
  const { operation, input, region } = call;
  const act = ACTIONS[operation];
  if (act === undefined) throw notImplemented(operation);
  for (const [member, value] of Object.entries(input)) {
    if (MEMBERS[operation]?.includes(member) || value === undefined || value === DEFAULTS[member]) continue;
    throw new Refusal(
      'UnsupportedOperation',
      `Culvert's embedded CloudWatch Logs does not implement ${operation} with ${member}.`,
    );
  }
  return act(input, { store: stores.logs(account, region), account, region, now: Date.now() });
}

function createGroup({ logGroupName, tags = {} }: Logs.CreateLogGroupCommandInput, { store }: Desk) {
  checkGroupName(logGroupName);
  checkTags(tags);
  if (/^aws\//.test(logGroupName)) invalid("Log groups starting with 'aws/' are reserved for AWS.");
  if (store.group(logGroupName) !== undefined) {
    refuse('ResourceAlreadyExistsException', 'The specified log group already exists');
  }
  store.createGroup(logGroupName, tags);
  return {};
}

function deleteGroup({ logGroupName }: Logs.DeleteLogGroupCommandInput, { store }: Desk) {
  store.deleteGroup(groupNamed(store, logGroupName));
  return {};
}

function describeGroups(input: Logs.DescribeLogGroupsCommandInput, desk: Desk) {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input;
  if (prefix !== undefined && pattern !== undefined) {
    invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  const found = desk.store
    .groups()
    .filter(({ name }) => prefix === undefined || name.startsWith(prefix))
    .filter(({ name }) => pattern === undefined || name.toLowerCase().includes(pattern.toLowerCase()));
  const { items, rest } = listed(found, input, ({ name }) => name);
  return { logGroups: items.map((group) => viewGroup(group, desk)), ...rest };
}

function putRetention({ logGroupName, retentionInDays = 0 }: Logs.PutRetentionPolicyCommandInput, { store }: Desk) {
  if (!RETENTION_DAYS.includes(retentionInDays)) {
    constraint(
      retentionInDays,
      'retentionInDays',
      `Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
    );
  }
  store.changeGroup(groupNamed(store, logGroupName), { days: retentionInDays });
  return {};
}

function deleteRetention({ logGroupName }: Logs.DeleteRetentionPolicyCommandInput, { store }: Desk) {
  store.changeGroup(groupNamed(store, logGroupName), { days: null });
  return {};
}

function listTags({ resourceArn }: Logs.ListTagsForResourceCommandInput, desk: Desk) {
  return { tags: tagsOf(groupIdentified(desk, resourceArn)) };
}

function tag({ resourceArn, tags = {} }: Logs.TagResourceCommandInput, desk: Desk) {
  const group = groupIdentified(desk, resourceArn);
  const all = { ...tagsOf(group), ...tags };
  checkTags(all);
  desk.store.changeGroup(group, { tags: all });
  return {};
}

function untag({ resourceArn, tagKeys = [] }: Logs.UntagResourceCommandInput, desk: Desk) {
  const group = groupIdentified(desk, resourceArn);
  const left = Object.entries(tagsOf(group)).filter(([key]) => !tagKeys.includes(key));
  desk.store.changeGroup(group, { tags: Object.fromEntries(left) });
  return {};
}

function createStream({ logGroupName, logStreamName = '' }: Logs.CreateLogStreamCommandInput, { store }: Desk) {
  const group = groupNamed(store, logGroupName);
  if (logStreamName === '' || logStreamName.length > 512 || /[:*]/.test(logStreamName)) {
    constraint(logStreamName, 'logStreamName', 'Member must satisfy regular expression pattern: [^:*]*');
  }
  if (store.stream(group, logStreamName) !== undefined) {
    refuse('ResourceAlreadyExistsException', 'The specified log stream already exists');
  }
  store.createStream(group, logStreamName);
  return {};
}

function deleteStream({ logGroupName, logStreamName }: Logs.DeleteLogStreamCommandInput, { store }: Desk) {
  const group = groupNamed(store, logGroupName);
  store.deleteStream(streamNamed(store, group, logStreamName));
  return {};
}

function describeStreams(input: Logs.DescribeLogStreamsCommandInput, desk: Desk) {
  const group = groupOf(desk, input);
  const { logStreamNamePrefix: prefix, orderBy, descending } = input;
  if (orderBy === 'LastEventTime' && prefix !== undefined) {
    invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const found = desk.store.streams(group).filter(({ name }) => prefix === undefined || name.startsWith(prefix));
  if (orderBy === 'LastEventTime') found.sort((a, b) => (a.last ?? 0) - (b.last ?? 0));
  if (descending === true) found.reverse();
  const { items, rest } = listed(found, input, ({ name }) => name);
  return { logStreams: items.map((stream) => viewStream(group, stream, desk)), ...rest };
}

function tagsOf({ tags }: LogGroup): Record<string, string> {
  return JSON.parse(tags);
}

function viewGroup({ name, created, days, bytes }: LogGroup, desk: Desk): Logs.LogGroup {
  const arn = groupArn(name, desk);
  return {
    logGroupName: name,
    creationTime: created,
    ...(days !== null && { retentionInDays: days }),
    metricFilterCount: 0,
    arn: `${arn}:*`,
    storedBytes: bytes,
    logGroupClass: 'STANDARD',
    logGroupArn: arn,
    deletionProtectionEnabled: false,
  };
}

function viewStream(group: LogGroup, { name, created, ingested, first, last }: LogStream, desk: Desk): Logs.LogStream {
  return {
    logStreamName: name,
    creationTime: created,
    ...(first !== null && { firstEventTimestamp: first }),
    ...(last !== null && { lastEventTimestamp: last }),
    ...(ingested !== null && { lastIngestionTime: ingested }),
    arn: `${groupArn(group.name, desk)}:log-stream:${name}`,
    storedBytes: 0,
  };
}
