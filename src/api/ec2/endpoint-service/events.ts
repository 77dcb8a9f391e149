/**
 * What happened to a connection, for the topics that asked for it. Each message is stored with the decision behind it, so that
 * neither is there without the other; the daemon publishes it afterwards. AWS documents no body: this one is ours.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/create-notification-endpoint-service.html
 */
import { type Edit, put } from '../../../model/edit.ts';
import type { ConnectionNotification, PendingEvent, VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';

export type ConnectionEvent = ConnectionNotification['events'][number];

export const CONNECTION_EVENTS: readonly ConnectionEvent[] = ['Accept', 'Connect', 'Delete', 'Reject'];

export function connectionEvents(event: ConnectionEvent, endpoint: VpcEndpoint, context: Context): readonly Edit[] {
  const table = context.intent.table('connectionNotification');
  const asked = [
    ...(endpoint.serviceId === null ? [] : table.by('serviceId', endpoint.serviceId)),
    ...table.by('vpcEndpointId', endpoint.id),
  ].filter(({ events }) => events.includes(event));
  return asked.map((notification) => put(messageFor(notification, event, endpoint, context)));
}

function messageFor(
  { id, account, region, topicArn }: ConnectionNotification,
  event: ConnectionEvent,
  endpoint: VpcEndpoint,
  context: Context,
): PendingEvent {
  return {
    kind: 'pendingEvent',
    id: context.hex(32),
    account,
    region,
    tags: {},
    createdAt: context.now,
    destination: topicArn,
    messageGroupId: null,
    subject: `VPC endpoint connection: ${event} ${endpoint.id}`,
    message: JSON.stringify({ event, time: context.now, connectionNotificationId: id, ...connectionTold(endpoint) }),
  };
}

/** What is told of a connection, in a notification and in the stream of events. */
export function connectionTold(endpoint: VpcEndpoint): object {
  return {
    serviceName: endpoint.serviceName,
    serviceId: endpoint.serviceId,
    vpcEndpointId: endpoint.id,
    vpcEndpointOwner: endpoint.account,
    vpcEndpointRegion: endpoint.region,
    vpcEndpointConnectionId: endpoint.connectionId,
  };
}
