/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpointConnectionNotification.html */
import { put } from '../../../model/edit.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { checkedEvents, checkedTopic } from './notifications.ts';

export const modifyVpcEndpointConnectionNotification = ec2Action<'ModifyVpcEndpointConnectionNotification'>(
  { ConnectionNotificationId: true, ConnectionNotificationArn: true, ConnectionEvents: true },
  (input, context) => {
    const before = find(context, 'connectionNotification', input.ConnectionNotificationId);
    const topicArn =
      input.ConnectionNotificationArn === undefined
        ? before.topicArn
        : checkedTopic(input.ConnectionNotificationArn, context);
    const events = input.ConnectionEvents === undefined ? before.events : checkedEvents(input.ConnectionEvents);
    return { edits: [put({ ...before, topicArn, events })], output: { ReturnValue: true } };
  },
);
