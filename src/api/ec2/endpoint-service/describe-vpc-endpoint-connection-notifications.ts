/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointConnectionNotifications.html */
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { select } from '../../shared/find.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { viewNotification } from './notifications.ts';

/** A higher wish is capped, not refused, as for the other descriptions of services. */
const MAX_PAGE = 1000;

export const describeVpcEndpointConnectionNotifications = ec2Action<'DescribeVpcEndpointConnectionNotifications'>(
  { ConnectionNotificationId: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const { ConnectionNotificationId: id } = input;
    const views = select(context, 'connectionNotification', id === undefined ? undefined : [id]).map(viewNotification);
    const matching = filterItems(views, input.Filters, {
      'connection-notification-arn': (view) => view.ConnectionNotificationArn,
      'connection-notification-id': (view) => view.ConnectionNotificationId,
      'connection-notification-state': (view) => view.ConnectionNotificationState,
      'connection-notification-type': (view) => view.ConnectionNotificationType,
      'service-id': (view) => view.ServiceId,
      'vpc-endpoint-id': (view) => view.VpcEndpointId,
    });
    const limited = { ...input, MaxResults: input.MaxResults && Math.min(input.MaxResults, MAX_PAGE) };
    const { items, next } = page(matching, limited, (view) => view.ConnectionNotificationId ?? '', {
      min: 1,
      max: MAX_PAGE,
    });
    return reply({ ConnectionNotificationSet: [...items], NextToken: next });
  },
);
