/**
 * SQS on the embedded store. The caller's protocol does not matter here: the wire has decoded the call, and the library is
 * spoken to in JSON.
 */
import { notImplemented, Refusal } from '../../../model/refusal.ts';
import { type DecodedCall, jsonBody, parseJsonOutput, type Structure } from '../../../wire/index.ts';
import { queueUrl } from './store.ts';
import type { Stores } from './stores.ts';

export const SUPPORTED: ReadonlySet<string> = new Set([
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
  'CreateQueue',
  'DeleteMessage',
  'DeleteMessageBatch',
  'DeleteQueue',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListQueueTags',
  'ListQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
  'SendMessageBatch',
  'SetQueueAttributes',
  'TagQueue',
  'UntagQueue',
]);

export async function callSqs(stores: Stores, call: DecodedCall, account: string): Promise<Structure> {
  if (!SUPPORTED.has(call.operation)) throw notImplemented(call.operation);
  const store = await stores.get(account, call.region);
  const request = jsonBody('sqs', call.operation, ownQueue(call, account));
  const response = await store.app.inject({
    method: 'POST',
    url: '/',
    headers: { ...request.headers },
    payload: request.body,
  });
  return parseJsonOutput('sqs', call.operation, {
    status: response.statusCode,
    headers: {},
    body: response.rawPayload,
  });
}

/** A queue's URL ends in /account/name, whatever host it was reached by. Other accounts' queues need a policy: not yet. */
function ownQueue(call: DecodedCall, account: string): Structure {
  const { input } = call;
  if (call.operation === 'GetQueueUrl') {
    const owner = input.QueueOwnerAWSAccountId as string | undefined;
    if (owner !== undefined && owner !== account) throw new Refusal('QueueDoesNotExist', NO_QUEUE);
  }
  if (typeof input.QueueUrl !== 'string') return input;
  const [, owner, name] = /^(?:https?:\/\/[^/]+)?\/?(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(input.QueueUrl) ?? [];
  if (name === undefined)
    throw new Refusal('InvalidAddress', `The address ${input.QueueUrl} is not valid for this endpoint.`, 404);
  if (owner !== account) {
    throw new Refusal('AccessDenied', `Access to the resource ${input.QueueUrl} is denied.`, 403);
  }
  const region = /^https?:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com\//.exec(input.QueueUrl)?.[1];
  if (region !== undefined && region !== call.region) throw new Refusal('QueueDoesNotExist', NO_QUEUE);
  return { ...input, QueueUrl: queueUrl(account, call.region, name) };
}

const NO_QUEUE = 'The specified queue does not exist.';
