import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PendingEvent } from '../../../model/resources.ts';
import { ACCOUNT, REGION } from '../../testing.ts';
import type { Network } from '../endpoint/fixture.ts';
import { accept, allow, CONSUMER, connect, consumer, provider, ROOT, reject, service } from './fixture.ts';

const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:events`;
const THEIRS = `arn:aws:sns:${REGION}:${CONSUMER}:events`;
const ALL = ['Accept', 'Connect', 'Delete', 'Reject'];

function setUp(acceptanceRequired = true) {
  const p = provider();
  const c = consumer(p);
  const { id, name } = service(p, { AcceptanceRequired: acceptanceRequired });
  allow(p, id, ROOT);
  return { p, c, id, name };
}

function ask({ h }: Network, input: object, events = ALL, arn = TOPIC) {
  return h.call('CreateVpcEndpointConnectionNotification', {
    ConnectionNotificationArn: arn,
    ConnectionEvents: events,
    ...input,
  }).ConnectionNotification;
}

/** What waits to be published, as "event endpoint topic", and is taken as published by asking. */
function told({ h }: Network): readonly string[] {
  const events = [...h.intent.table('pendingEvent').all()];
  h.intent.apply(events.map(({ kind, id }) => ({ op: 'delete', kind, id })));
  return events.map(({ message, destination }: PendingEvent) => {
    const { event, vpcEndpointId } = JSON.parse(message);
    return `${event} ${vpcEndpointId} ${destination}`;
  });
}

test('a notification as it is told, changed and deleted', () => {
  const { p, id } = setUp();
  const { ConnectionNotificationId, ...view } = ask(p, { ServiceId: id, ClientToken: 'once' });
  assert.match(ConnectionNotificationId, /^vpce-nfn-[0-9a-f]{17}$/);
  assert.deepEqual(view, {
    ServiceId: id,
    ConnectionNotificationType: 'Topic',
    ConnectionNotificationArn: TOPIC,
    ConnectionEvents: ALL,
    ConnectionNotificationState: 'Enabled',
    ServiceRegion: REGION,
  });
  assert.deepEqual(ask(p, { ServiceId: id, ClientToken: 'once' }), { ConnectionNotificationId, ...view });
  const describe = () =>
    p.h.call('DescribeVpcEndpointConnectionNotifications', { ConnectionNotificationId }).ConnectionNotificationSet[0];
  assert.deepEqual(describe(), { ConnectionNotificationId, ...view });
  const change = { ConnectionNotificationId, ConnectionEvents: ['Reject'], ConnectionNotificationArn: `${TOPIC}2` };
  assert.deepEqual(p.h.call('ModifyVpcEndpointConnectionNotification', change), { ReturnValue: true });
  assert.deepEqual(describe().ConnectionEvents, ['Reject']);
  assert.equal(describe().ConnectionNotificationArn, `${TOPIC}2`);
  const gone = p.h.call('DeleteVpcEndpointConnectionNotifications', {
    ConnectionNotificationIds: [ConnectionNotificationId, ConnectionNotificationId, 'vpce-nfn-0'],
  });
  assert.deepEqual(
    gone.Unsuccessful.map((item) => [item.ResourceId, item.Error.Code]),
    [['vpce-nfn-0', 'InvalidConnectionNotification']],
  );
  assert.deepEqual(p.h.call('DescribeVpcEndpointConnectionNotifications', {}).ConnectionNotificationSet, []);
});

test('what cannot be asked for', () => {
  const { p, c, id, name } = setUp();
  const { id: endpoint } = connect(c, name);
  const refused = (input: object, n: Network = p) =>
    n.h.refusal('CreateVpcEndpointConnectionNotification', {
      ConnectionNotificationArn: TOPIC,
      ConnectionEvents: ALL,
      ...input,
    });
  assert.match(refused({}), /^MissingParameter: /);
  assert.match(refused({ ServiceId: id, VpcEndpointId: endpoint }), /^InvalidParameterCombination: /);
  assert.match(refused({ ServiceId: id, ConnectionEvents: [] }), /^MissingParameter: .*ConnectionEvents/);
  assert.match(refused({ ServiceId: id, ConnectionEvents: ['accept'] }), /^InvalidParameter: .*'accept' is not one of/);
  assert.match(refused({ ServiceId: id, ConnectionNotificationArn: 'events' }), /^InvalidParameter: /);
  for (const arn of [THEIRS, TOPIC.replace(REGION, 'us-east-1')])
    assert.match(refused({ ServiceId: id, ConnectionNotificationArn: arn }), /^UnsupportedOperation: .*same account/);
  assert.match(refused({ VpcEndpointId: endpoint }), /^InvalidVpcEndpointId\.NotFound: /);
  assert.match(refused({ ServiceId: id }, c), /^InvalidVpcEndpointServiceId\.NotFound: /);
  assert.match(
    c.h.refusal('ModifyVpcEndpointConnectionNotification', {
      ConnectionNotificationId: ask(p, { ServiceId: id }).ConnectionNotificationId,
    }),
    /^InvalidConnectionNotification: /,
  );
});

test('a connection’s life, told to both sides; a refused answer tells nothing', () => {
  const { p, c, id, name } = setUp();
  ask(p, { ServiceId: id });
  const { id: endpoint } = connect(c, name);
  ask(c, { VpcEndpointId: endpoint }, ALL, THEIRS);
  assert.deepEqual(told(p), [`Connect ${endpoint} ${TOPIC}`]);
  accept(p, id, endpoint);
  assert.deepEqual(told(p), [`Accept ${endpoint} ${TOPIC}`, `Accept ${endpoint} ${THEIRS}`]);
  accept(p, id, endpoint);
  assert.deepEqual(told(p), []);
  reject(p, id, endpoint);
  assert.deepEqual(told(p), [`Reject ${endpoint} ${TOPIC}`, `Reject ${endpoint} ${THEIRS}`]);
  c.h.call('ModifyVpcEndpoint', { VpcEndpointId: endpoint, AddSubnetIds: [c.subnetA] });
  assert.deepEqual(told(p), []);
  c.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpoint] });
  c.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpoint] });
  assert.deepEqual(told(p), [`Delete ${endpoint} ${TOPIC}`, `Delete ${endpoint} ${THEIRS}`]);
  // The endpoint's own notifications went with it.
  assert.deepEqual(c.h.call('DescribeVpcEndpointConnectionNotifications', {}).ConnectionNotificationSet, []);
  assert.equal(p.h.call('DescribeVpcEndpointConnectionNotifications', {}).ConnectionNotificationSet.length, 1);
  p.h.call('DeleteVpcEndpointServiceConfigurations', { ServiceIds: [id] });
  assert.deepEqual(p.h.call('DescribeVpcEndpointConnectionNotifications', {}).ConnectionNotificationSet, []);
});

test('only the events that were asked for, of that service only; automatic acceptance is no Accept', () => {
  const { p, c, id, name } = setUp(false);
  ask(p, { ServiceId: id }, ['Accept', 'Delete']);
  const { id: endpoint } = connect(c, name);
  const { VpcEndpointId: aws } = c.h.call('CreateVpcEndpoint', {
    VpcId: c.vpcId,
    VpcEndpointType: 'Interface',
    ServiceName: `com.amazonaws.${REGION}.sqs`,
  }).VpcEndpoint;
  assert.deepEqual(told(p), []);
  c.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [aws, endpoint] });
  assert.deepEqual(told(p), [`Delete ${endpoint} ${TOPIC}`]);
});

test('a message says who and what; it is the topic owner’s', () => {
  const { p, c, id, name } = setUp();
  const { ConnectionNotificationId } = ask(p, { ServiceId: id });
  const { id: endpoint } = connect(c, name);
  const [event] = [...p.h.intent.table('pendingEvent').all()];
  const stored = p.h.intent.table('vpcEndpoint').get(endpoint);
  assert.equal(event?.account, ACCOUNT);
  assert.equal(event?.region, REGION);
  assert.equal(event?.destination, TOPIC);
  assert.equal(event?.subject, `VPC endpoint connection: Connect ${endpoint}`);
  assert.deepEqual(JSON.parse(event?.message ?? ''), {
    event: 'Connect',
    time: event?.createdAt,
    connectionNotificationId: ConnectionNotificationId,
    serviceName: name,
    serviceId: id,
    vpcEndpointId: endpoint,
    vpcEndpointOwner: CONSUMER,
    vpcEndpointRegion: REGION,
    vpcEndpointConnectionId: stored?.connectionId,
  });
});

test('filters and pages of notifications', () => {
  const { p, id, name } = setUp();
  const { id: endpoint } = connect(p, name);
  const ids = [
    ask(p, { ServiceId: id }).ConnectionNotificationId,
    ask(p, { VpcEndpointId: endpoint }, ALL, `${TOPIC}2`).ConnectionNotificationId,
  ];
  const found = (Name: string, ...Values: string[]) =>
    p.h
      .call('DescribeVpcEndpointConnectionNotifications', { Filters: [{ Name, Values }] })
      .ConnectionNotificationSet.map((each) => each.ConnectionNotificationId);
  assert.deepEqual(found('service-id', id), [ids[0]]);
  assert.deepEqual(found('vpc-endpoint-id', endpoint), [ids[1]]);
  assert.deepEqual(found('connection-notification-arn', `${TOPIC}2`), [ids[1]]);
  assert.deepEqual(found('connection-notification-id', ids[0] as string), [ids[0]]);
  assert.deepEqual(found('connection-notification-state', 'Enabled'), ids);
  assert.deepEqual(found('connection-notification-type', 'Topic'), ids);
  const first = p.h.call('DescribeVpcEndpointConnectionNotifications', { MaxResults: 1 });
  const rest = p.h.call('DescribeVpcEndpointConnectionNotifications', { NextToken: first.NextToken });
  assert.deepEqual(
    [...first.ConnectionNotificationSet, ...rest.ConnectionNotificationSet].map(
      (each) => each.ConnectionNotificationId,
    ),
    ids,
  );
});
