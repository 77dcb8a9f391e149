/**
 * Publishes to an SNS topic as its owner: the embedded SNS behind the edge's socket, or whatever was attached in its place.
 * The topic is of the account that asked for the events, so nobody's message reaches a topic that they may not publish to.
 */
import { Agent, type AgentOptions } from 'node:http';
import { PublishCommand, SNSClient, SNSServiceException } from '@aws-sdk/client-sns';
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

/** Throws a Refusal where SNS refuses for good. */
export async function publish(event: PendingEvent, parts: PublisherParts): Promise<void> {
  const { account, region, topicArn, subject, message } = event;
  const attached = parts.intent.table('serviceBackend').get('sns')?.url;
  const client = new SNSClient({
    region,
    endpoint: attached ?? `http://sns.${region}.amazonaws.com`,
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
  });
  try {
    await client.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: message }));
  } catch (error) {
    if (error instanceof SNSServiceException && error.$fault === 'client') {
      throw new Refusal(error.name, error.message, error.$metadata.httpStatusCode);
    }
    throw error;
  } finally {
    client.destroy();
  }
}
