/**
 * SNS on the embedded store: topics, and delivery to SQS queues of the same account and region. Other deliveries are refused
 * by name, because the library would accept and never make them.
 */
import { notImplemented, Refusal } from '../../../model/refusal.ts';
import { type DecodedCall, parseQueryOutput, queryBody, type Structure } from '../../../wire/index.ts';
import type { Stores } from './stores.ts';

export const SUPPORTED: ReadonlySet<string> = new Set([
  'CreateTopic',
  'DeleteTopic',
  'GetSubscriptionAttributes',
  'GetTopicAttributes',
  'ListSubscriptions',
  'ListSubscriptionsByTopic',
  'ListTagsForResource',
  'ListTopics',
  'Publish',
  'PublishBatch',
  'SetSubscriptionAttributes',
  'SetTopicAttributes',
  'Subscribe',
  'TagResource',
  'Unsubscribe',
  'UntagResource',
]);

export async function callSns(stores: Stores, call: DecodedCall, account: string): Promise<Structure> {
  if (!SUPPORTED.has(call.operation)) throw notImplemented(call.operation);
  checkArns(call, account);
  if (call.operation === 'Subscribe') checkSubscription(call, account);
  if (call.operation === 'Publish') checkPublish(call);
  const store = await stores.get(account, call.region);
  const request = queryBody('sns', call.operation, inputOf(call));
  const response = await store.app.inject({
    method: 'POST',
    url: '/',
    headers: { ...request.headers },
    payload: request.body,
  });
  const output = parseQueryOutput('sns', call.operation, {
    status: response.statusCode,
    headers: {},
    body: response.rawPayload,
  });
  return call.operation === 'GetTopicAttributes' ? withOwner(output, account) : output;
}

/** The library knows one account, and of no policy that AWS gives a topic: one that allows its own account what it does. */
function withOwner({ Attributes }: Structure, account: string): Structure {
  const attributes = Attributes as Readonly<Record<string, string>>;
  return {
    Attributes: {
      ...attributes,
      Owner: account,
      Policy: attributes.Policy || defaultPolicy(attributes.TopicArn ?? '', account),
    },
  };
}

/** To the letter AWS's. https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html */
function defaultPolicy(arn: string, account: string): string {
  const actions = ['GetTopicAttributes', 'SetTopicAttributes', 'AddPermission', 'RemovePermission', 'DeleteTopic'];
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [...actions, 'Subscribe', 'ListSubscriptionsByTopic', 'Publish'].map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  });
}

/** Who is told how deliveries went, by protocol: nobody here, so that only "none" can be asked for. */
const DELIVERY_STATUS =
  /^(Application|Firehose|HTTP|Lambda|SQS)(SuccessFeedbackSampleRate|(Success|Failure)FeedbackRoleArn)$/;

/** What the library is asked; it knows no attributes of delivery status. */
function inputOf({ operation, input }: DecodedCall): Structure {
  const { AttributeName: name, AttributeValue: value = '', ...rest } = input;
  if (operation !== 'SetTopicAttributes' || !DELIVERY_STATUS.test(String(name))) return input;
  if (value === '' || (value === '0' && String(name).endsWith('Rate'))) return rest;
  throw new Refusal('NotImplemented', `Culvert's embedded SNS does not implement the attribute ${name}.`, 501);
}

function checkArns({ input, operation, region }: DecodedCall, account: string): void {
  for (const member of ['TopicArn', 'SubscriptionArn', 'ResourceArn']) {
    const arn = input[member] as string | undefined;
    if (arn === undefined) continue;
    const [, theirRegion, owner] = /^arn:aws:sns:([a-z0-9-]+):(\d{12}):.+$/.exec(arn) ?? [];
    if (owner === undefined || theirRegion !== region) {
      throw new Refusal('InvalidParameter', `Invalid parameter: ${member} Reason: ${arn} is not of this region.`);
    }
    if (owner !== account) {
      throw new Refusal('AuthorizationError', `Not authorized to perform: SNS:${operation} on resource: ${arn}`, 403);
    }
  }
}

function checkSubscription({ input, region }: DecodedCall, account: string): void {
  if (input.Protocol !== 'sqs') {
    throw new Refusal(
      'NotImplemented',
      `Culvert's embedded SNS delivers to SQS queues only, not by protocol "${input.Protocol}".`,
      501,
    );
  }
  if (!String(input.Endpoint ?? '').startsWith(`arn:aws:sqs:${region}:${account}:`)) {
    throw new Refusal(
      'NotImplemented',
      `Culvert's embedded SNS delivers to queues of the same account and region only, not to "${input.Endpoint}".`,
      501,
    );
  }
}

function checkPublish({ input }: DecodedCall): void {
  for (const member of ['PhoneNumber', 'TargetArn', 'MessageStructure']) {
    if (input[member] !== undefined)
      throw new Refusal('NotImplemented', `Culvert's embedded SNS does not implement Publish with ${member}.`, 501);
  }
}
