/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpointConnectionNotifications.html */
import { remove } from '../../../model/edit.ts';
import { eachOrUnsuccessful } from '../../shared/bulk.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';

export const deleteVpcEndpointConnectionNotifications = ec2Action<'DeleteVpcEndpointConnectionNotifications'>(
  { ConnectionNotificationIds: true },
  (input, context) =>
    eachOrUnsuccessful(input.ConnectionNotificationIds, context, (id, now) => [
      remove(find(now, 'connectionNotification', id)),
    ]),
);
