/** From a connection to an SQS queue: the actions, the notifier, and the embedded SNS and SQS as the edge runs them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type AgentOptions, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SNS } from '@aws-sdk/client-sns';
import { SQS } from '@aws-sdk/client-sqs';
import { CONSUMER, connect, consumer, provider, service } from '../api/ec2/endpoint-service/fixture.ts';
import { ACCOUNT, REGION } from '../api/testing.ts';
import { createStores } from '../edge/services/embedded/stores.ts';
import { createHandler } from '../edge/services/handler.ts';
import { silentLog } from '../host/log.ts';
import { issueSession } from './aws.ts';
import { createNotifier } from './notify.ts';
import { publish } from './publish.ts';
import { openStore } from './store/store.ts';

test('a connection’s events reach a queue that the topic’s owner subscribed', async (t) => {
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
  // The harness has an Intent of its own: what the actions left there is what the daemon would have committed.
  store.commit([...p.h.intent.table('pendingEvent').all()].map((resource) => ({ op: 'put', resource })));
  notifier.poke();
  await notifier.idle();
  assert.equal(store.intent.table('pendingEvent').size, 0);

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
