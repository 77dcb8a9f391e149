/** From what happened to topics, queues and log groups: the actions, the notifier, and the embedded services as the edge runs them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type AgentOptions, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { SNS } from '@aws-sdk/client-sns';
import { SQS } from '@aws-sdk/client-sqs';
import { CONSUMER, connect, consumer, provider, service } from '../api/ec2/endpoint-service/fixture.ts';
import { ACCOUNT, REGION } from '../api/testing.ts';
import { createStores } from '../edge/services/embedded/stores.ts';
import { createHandler } from '../edge/services/handler.ts';
import { silentLog } from '../host/log.ts';
import { put } from '../model/edit.ts';
import type { PendingEvent } from '../model/resources.ts';
import { issueSession } from './aws.ts';
import { createNotifier } from './notify.ts';
import { publish } from './publish.ts';
import { openStore } from './store/store.ts';

async function edge(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-publish-'));
  const sealKey = randomBytes(32);
  const stores = createStores(join(folder, 'backends'));
  const handler = createHandler({ log: silentLog(), stores, sealKey, controlSocket: join(folder, 'none.sock') });
  handler.allow({ identities: { accessKeys: {}, grants: {} }, authMode: 'strict', defaultAccount: ACCOUNT });
  const socketPath = join(folder, 'edge.sock');
  const server = createServer((request, response) => {
    void handler.handle(request, response, { service: null, endpoint: null, clientAddress: null });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const store = await openStore(join(folder, 'store.sqlite'));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await stores.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const client = (name: string) => ({
    region: REGION,
    endpoint: `http://${name}.${REGION}.amazonaws.com`,
    credentials: issueSession(sealKey, { kind: 'root', account: ACCOUNT }, 900),
    requestHandler: { httpAgent: new Agent({ socketPath } as AgentOptions) },
  });
  const sqs = new SQS({ ...client('sqs'), useQueueUrlAsEndpoint: false });
  const notifier = createNotifier({
    store,
    log: silentLog(),
    publish: (event) =>
      publish(event, {
        intent: store.intent,
        servicesSocket: socketPath,
        issueSession: (principal, seconds) => issueSession(sealKey, principal, seconds),
      }),
    changed: () => {},
    now: Date.now,
  });
  const published = async (events: Iterable<PendingEvent>) => {
    store.commit([...events].map(put));
    notifier.poke();
    await notifier.idle();
    assert.equal(store.intent.table('pendingEvent').size, 0);
  };
  return { client, sqs, published };
}

test('a connection’s events reach a queue that the topic’s owner subscribed', async (t) => {
  const { client, sqs, published } = await edge(t);
  const sns = new SNS(client('sns'));
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'events' });
  const { TopicArn = '' } = await sns.createTopic({ Name: 'events' });
  await sns.subscribe({
    TopicArn,
    Protocol: 'sqs',
    Endpoint: `arn:aws:sqs:${REGION}:${ACCOUNT}:events`,
    Attributes: { RawMessageDelivery: 'true' },
  });

  const p = provider();
  const c = consumer(p);
  const { id, name } = service(p);
  p.h.call('ModifyVpcEndpointServicePermissions', { ServiceId: id, AddAllowedPrincipals: ['*'] });
  p.h.call('CreateVpcEndpointConnectionNotification', {
    ServiceId: id,
    ConnectionNotificationArn: TopicArn,
    ConnectionEvents: ['Connect', 'Accept', 'Reject', 'Delete'],
  });
  const { id: endpoint } = connect(c, name);
  const one = { ServiceId: id, VpcEndpointIds: [endpoint] };
  p.h.call('AcceptVpcEndpointConnections', one);
  p.h.call('RejectVpcEndpointConnections', one);
  c.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpoint] });

  // The harness has an Intent of its own: what the actions left there is what the daemon would have committed.
  await published(p.h.intent.table('pendingEvent').all());

  const got: string[] = [];
  while (got.length < 4) {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 });
    if (Messages.length === 0) break;
    for (const { Body = '', ReceiptHandle } of Messages) {
      const { event, vpcEndpointId, vpcEndpointOwner } = JSON.parse(Body);
      got.push(`${event} ${vpcEndpointId} ${vpcEndpointOwner}`);
      await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
    }
  }
  assert.deepEqual(
    got.sort(),
    ['Accept', 'Connect', 'Delete', 'Reject'].map((event) => `${event} ${endpoint} ${CONSUMER}`),
  );
});

test('events reach queues, in order where these are FIFO, and log groups; what is not there takes none', async (t) => {
  const { client, sqs, published } = await edge(t);
  const logs = new CloudWatchLogs(client('logs'));
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'plain' });
  const fifo = await sqs.createQueue({ QueueName: 'ordered.fifo', Attributes: { FifoQueue: 'true' } });
  await logs.createLogGroup({ logGroupName: '/aws/events/all' });
  const event = (destination: string, message: string, messageGroupId: string | null = null): PendingEvent => ({
    ...{ kind: 'pendingEvent', id: randomBytes(16).toString('hex'), account: ACCOUNT, region: REGION, tags: {} },
    ...{ createdAt: new Date().toISOString(), destination: `arn:aws:${destination}`, subject: null },
    ...{ messageGroupId, message },
  });
  const place = `${REGION}:${ACCOUNT}`;
  await published([
    event(`sqs:${place}:nowhere`, '0'),
    event(`sqs:${place}:plain`, '{"a":1}'),
    ...['1', '2', '3'].map((message) => event(`sqs:${place}:ordered.fifo`, message, 'g')),
    event(`logs:${place}:log-group:/aws/events/all`, '{"b":2}'),
    event(`logs:${place}:log-group:/aws/events/all:*`, '{"c":3}'),
    event(`logs:${place}:log-group:/nowhere`, '0'),
  ]);
  const bodies = async (url: string | undefined) => {
    const found: (string | undefined)[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: url, MaxNumberOfMessages: 10 });
      if (Messages.length === 0) return found;
      for (const { Body, ReceiptHandle } of Messages) {
        found.push(Body);
        await sqs.deleteMessage({ QueueUrl: url, ReceiptHandle });
      }
    }
  };
  assert.deepEqual(await bodies(QueueUrl), ['{"a":1}']);
  assert.deepEqual(await bodies(fifo.QueueUrl), ['1', '2', '3']);
  const { events = [] } = await logs.filterLogEvents({ logGroupName: '/aws/events/all' });
  assert.deepEqual(events.map(({ message }) => message).sort(), ['{"b":2}', '{"c":3}']);
});
