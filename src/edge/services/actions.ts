/**
 * What a call to an embedded service asks for: actions on resources, as policies name them, and the keys of the service's own
 * that conditions may ask for. Most operations are an action of their own name on the one resource that they name.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
import type { RequestContext } from '../../iam/conditions.ts';
import { tagKeys } from '../../iam/global-keys.ts';
import { Refusal } from '../../model/refusal.ts';
import type { DecodedCall, Structure } from '../../wire/index.ts';

export interface Ask {
  /** "sqs:SendMessage". */
  readonly action: string;
  readonly resource: string;
  /** Of another bucket than the one that the call is about; undefined elsewhere. */
  readonly bucket?: string;
}

/** Operations that are another's action. */
const ACTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sqs: {
    ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
    DeleteMessageBatch: 'DeleteMessage',
    SendMessageBatch: 'SendMessage',
  },
  sns: { PublishBatch: 'Publish' },
  s3: {
    CompleteMultipartUpload: 'PutObject',
    CopyObject: 'PutObject',
    CreateMultipartUpload: 'PutObject',
    DeleteBucketTagging: 'PutBucketTagging',
    DeleteObjects: 'DeleteObject',
    HeadBucket: 'ListBucket',
    HeadObject: 'GetObject',
    ListBuckets: 'ListAllMyBuckets',
    ListObjects: 'ListBucket',
    ListObjectsV2: 'ListBucket',
    UploadPart: 'PutObject',
    UploadPartCopy: 'PutObject',
  },
  dynamodb: {},
  logs: {},
};

/** By operations that make something, and may tag it. */
const TAGGING: Readonly<Record<string, { readonly service: string; readonly action: string }>> = {
  CreateQueue: { service: 'sqs', action: 'TagQueue' },
  CreateTopic: { service: 'sns', action: 'TagResource' },
  CreateTable: { service: 'dynamodb', action: 'TagResource' },
};

/** Never empty. */
export function asksOf(call: DecodedCall, account: string): readonly Ask[] {
  const { service, operation } = call;
  const action = `${service}:${ACTIONS[service]?.[operation] ?? operation}`;
  const asks = [action, ...taggingOf(call)].flatMap((each) =>
    resourcesOf(call, account).map((resource) => ({ action: each, resource })),
  );
  const source = service === 's3' ? sourceOf(call.input) : undefined;
  if (source === undefined) return asks;
  const bucket = source.slice(0, source.indexOf('/'));
  return [...asks, { action: 's3:GetObject', resource: `arn:aws:s3:::${source}`, bucket }];
}

/** What the call asks for beside its own action, as it tags what it makes; DynamoDB asks even where there are no tags in the list. */
function taggingOf({ service, operation, input }: DecodedCall): readonly string[] {
  const tagging = TAGGING[operation];
  const isTagged = input.Tags !== undefined || input.tags !== undefined;
  return tagging?.service === service && isTagged ? [`${service}:${tagging.action}`] : [];
}

/** Condition keys of what the call says, in lower case. */
export function keysOf({ service, input }: DecodedCall): RequestContext {
  switch (service) {
    case 's3':
      return listingKeys(input);
    case 'logs':
      return {};
    default:
      return tagsInRequest(input);
  }
}

function listingKeys(input: Structure): RequestContext {
  const keys: Record<string, readonly string[]> = {};
  for (const [key, member] of [
    ['s3:prefix', 'Prefix'],
    ['s3:delimiter', 'Delimiter'],
    ['s3:max-keys', 'MaxKeys'],
  ] as const) {
    if (input[member] !== undefined) keys[key] = [String(input[member])];
  }
  return keys;
}

/** SQS gives tags as a map, SNS and DynamoDB as a list. */
function tagsInRequest({ tags, Tags: given = tags ?? {}, TagKeys: removed = [] }: Structure): RequestContext {
  const pairs = Array.isArray(given)
    ? (given as readonly { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value] as const)
    : Object.entries(given as Readonly<Record<string, string>>);
  const names = [...pairs.map(([name]) => name), ...(removed as readonly string[])];
  return { ...tagKeys('aws:requesttag', Object.fromEntries(pairs)), ...(names.length > 0 && { 'aws:tagkeys': names }) };
}

function resourcesOf(call: DecodedCall, account: string): readonly string[] {
  const { service, region, input } = call;
  const arn = (rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  switch (service) {
    case 'sqs':
      return [arn(queueName(input) ?? '*')];
    case 'sns':
      return [topicArn(input) ?? arn(text(input.Name) ?? '*')];
    case 's3':
      return objectsOf(input);
    case 'logs':
      return [logArn(input, arn)];
    default:
      return tablesOf(input).map((name) => (name.startsWith('arn:') ? name : arn(`table/${name}`)));
  }
}

/** By its URL or its name; undefined: the call names none. */
export function queueName({ QueueName, QueueUrl }: Structure): string | undefined {
  const url = text(QueueUrl);
  return url === undefined ? text(QueueName) : url.slice(url.lastIndexOf('/') + 1);
}

/** A subscription's ARN is its topic's and an id. */
export function topicArn({ TopicArn, ResourceArn, SubscriptionArn }: Structure): string | undefined {
  return text(TopicArn) ?? text(ResourceArn) ?? text(SubscriptionArn)?.replace(/:[^:]*$/, '');
}

function objectsOf(input: Structure): readonly string[] {
  const bucket = text(input.Bucket);
  if (bucket === undefined) return ['arn:aws:s3:::*'];
  const listed = (input.Delete as { readonly Objects?: readonly { readonly Key?: string }[] } | undefined)?.Objects;
  const keys = listed?.map(({ Key }) => Key) ?? [text(input.Key)];
  return keys.length === 0
    ? [`arn:aws:s3:::${bucket}`]
    : keys.map((key) => `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`);
}

/** As AWS's denials quote it: with an empty stream where the call names none, so that policies on a group's ARN with :* hold. */
function logArn(
  { logGroupName, logGroupIdentifier, logStreamName, resourceArn }: Structure,
  arn: (rest: string) => string,
): string {
  const group = text(resourceArn) ?? text(logGroupName) ?? text(logGroupIdentifier) ?? '';
  const named = group.startsWith('arn:') ? group.replace(/:\*$/, '') : arn(`log-group:${group}`);
  // Tags are the group's itself.
  return resourceArn === undefined ? `${named}:log-stream:${text(logStreamName) ?? ''}` : named;
}

/** bucket/key. */
function sourceOf({ CopySource }: Structure): string | undefined {
  const source = text(CopySource);
  if (source === undefined) return undefined;
  try {
    return decodeURIComponent(source.replace(/^\//, '').replace(/\?versionId=.*$/, ''));
  } catch {
    throw new Refusal('InvalidArgument', 'Invalid copy source object key');
  }
}

function tablesOf({ TableName, ResourceArn, RequestItems, IndexName }: Structure): readonly string[] {
  const table = text(TableName) ?? text(ResourceArn);
  if (table !== undefined) return [IndexName === undefined ? table : `${table}/index/${IndexName}`];
  const many = Object.keys((RequestItems as object | undefined) ?? {});
  return many.length > 0 ? many : ['*'];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
