/**
 * Sends an event where it was asked for, as the owner of that place: to an SNS topic, an SQS queue or a log group, the embedded one behind
 * the edge's socket or whatever was attached in its place. The place is of the account that asked for the events, so nobody's message
 * reaches one that they may not write to.
 */
import { Agent, type AgentOptions } from 'node:http';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { SNS } from '@aws-sdk/client-sns';
import { SQS } from '@aws-sdk/client-sqs';
import { isThrottlingError } from '@smithy/core/retry';
import type { SessionCredentials } from '../api/action.ts';
import type { Principal } from '../iam/principal.ts';
import type { Intent } from '../model/intent.ts';
import { Refusal } from '../model/refusal.ts';
import type { PendingEvent } from '../model/resources.ts';

const TIMEOUT_MS = 5000;
const SESSION_SECONDS = 900;

export interface PublisherParts {
  readonly intent: Intent;
  readonly servicesSocket: string;
  issueSession(principal: Principal, seconds: number): SessionCredentials;
}

/** Throws a Refusal where the service refuses for good: one that is asked too fast takes it later. */
export async function publish(event: PendingEvent, parts: PublisherParts): Promise<void> {
  const service = event.destination.split(':')[2] ?? '';
  const { account, region } = event;
  const attached = parts.intent.table('serviceBackend').get(service)?.url;
  const options = {
    region,
    endpoint: attached ?? `http://${service}.${region}.amazonaws.com`,
    credentials: parts.issueSession({ kind: 'root', account }, SESSION_SECONDS),
    // The caller tries again, at its own pace.
    maxAttempts: 1,
    requestHandler: {
      requestTimeout: TIMEOUT_MS,
      // An agent takes all options of a socket, which its type leaves out.
      ...(attached === undefined && {
        httpAgent: new Agent({ socketPath: parts.servicesSocket } as AgentOptions),
      }),
    },
  };
  try {
    await SENDERS[service as keyof typeof SENDERS](event, options);
  } catch (error) {
    const { name, message, $fault, $metadata } = error as ServiceError;
    if ($fault === 'client' && !isThrottlingError(error as ServiceError))
      throw new Refusal(name, message, $metadata?.httpStatusCode);
    throw error;
  }
}

type ServiceError = Parameters<typeof isThrottlingError>[0];

type Options = NonNullable<ConstructorParameters<typeof SNS>[0]>;

const SENDERS = {
  sns: async ({ destination, subject, message }: PendingEvent, options: Options) => {
    using client = closing(new SNS(options));
    await client.it.publish({
      TopicArn: destination,
      ...(subject !== null && { Subject: subject }),
      Message: message,
    });
  },
  sqs: async ({ destination, messageGroupId, id, message }: PendingEvent, options: Options) => {
    using client = closing(new SQS({ ...options, useQueueUrlAsEndpoint: false }));
    const [, , , region, account, name] = destination.split(':');
    await client.it.sendMessage({
      QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
      MessageBody: message,
      ...(messageGroupId !== null && { MessageGroupId: messageGroupId, MessageDeduplicationId: id }),
    });
  },
  /** Each in a stream of its own, as AWS does it. */
  logs: async ({ destination, id, createdAt, message }: PendingEvent, options: Options) => {
    using client = closing(new CloudWatchLogs(options));
    const stream = { logGroupName: destination.split(':')[6], logStreamName: id };
    await client.it.createLogStream(stream).catch((error) => {
      if ((error as Error).name !== 'ResourceAlreadyExistsException') throw error;
    });
    await client.it.putLogEvents({ ...stream, logEvents: [{ timestamp: Date.parse(createdAt), message }] });
  },
} as const;

function closing<C extends { destroy(): void }>(client: C): { readonly it: C; [Symbol.dispose](): void } {
  return { it: client, [Symbol.dispose]: () => client.destroy() };
}
