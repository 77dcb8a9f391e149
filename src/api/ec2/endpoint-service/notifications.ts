/**
 * Connection notifications: which events of a service or an endpoint go to which SNS topic. The topic is of the caller's own
 * account and region, because no topic policy is looked at that could let others in.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/create-notification-endpoint-service.html
 */
import type { ConnectionNotification as View } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';
import type { ConnectionNotification } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { distinct } from '../../shared/input.ts';
import { CONNECTION_EVENTS, type ConnectionEvent } from './events.ts';

export function checkedEvents(events: readonly string[]): readonly ConnectionEvent[] {
  if (events.length === 0) refuse('MissingParameter', 'The request must contain the parameter ConnectionEvents');
  return distinct(events).map(
    (text) =>
      CONNECTION_EVENTS.find((event) => event === text) ??
      refuse('InvalidParameter', `The connection event '${text}' is not one of [${CONNECTION_EVENTS.join(', ')}].`),
  );
}

export function checkedTopic(arn: string, { account, region }: Context): string {
  const [, theirRegion, owner] = /^arn:aws:sns:([a-z0-9-]+):(\d{12}):[A-Za-z0-9_-]{1,256}$/.exec(arn) ?? [];
  if (owner === undefined) refuse('InvalidParameter', `The ARN '${arn}' is not the ARN of a standard SNS topic.`);
  if (owner !== account || theirRegion !== region) {
    refuse(
      'UnsupportedOperation',
      `The value '${arn}' for parameter ConnectionNotificationArn is not supported by Culvert: the topic must be of the same account and region.`,
    );
  }
  return arn;
}

export function viewNotification(notification: ConnectionNotification): View {
  const { serviceId, vpcEndpointId } = notification;
  return {
    ConnectionNotificationId: notification.id,
    ...(serviceId !== null && { ServiceId: serviceId }),
    ...(vpcEndpointId !== null && { VpcEndpointId: vpcEndpointId }),
    ConnectionNotificationType: 'Topic',
    ConnectionNotificationArn: notification.topicArn,
    ConnectionEvents: [...notification.events],
    ConnectionNotificationState: 'Enabled',
    ServiceRegion: notification.region,
  };
}
