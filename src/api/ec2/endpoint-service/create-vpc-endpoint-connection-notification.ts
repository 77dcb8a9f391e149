/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpointConnectionNotification.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { ConnectionNotification } from '../../../model/resources.ts';
import { newResource } from '../../shared/resource.ts';
import { ec2Action } from '../action.ts';
import { findEndpoint } from '../endpoint/state.ts';
import { findService } from './find-service.ts';
import { checkedEvents, checkedTopic, viewNotification } from './notifications.ts';

export const createVpcEndpointConnectionNotification = ec2Action<'CreateVpcEndpointConnectionNotification'>(
  { ServiceId: true, VpcEndpointId: true, ConnectionNotificationArn: true, ConnectionEvents: true, ClientToken: true },
  (input, context) => {
    const { ServiceId: serviceId = null, VpcEndpointId: vpcEndpointId = null } = input;
    if (serviceId !== null && vpcEndpointId !== null) {
      refuse('InvalidParameterCombination', 'The parameter serviceId cannot be used with the parameter vpcEndpointId.');
    }
    if (serviceId !== null) findService(context, serviceId);
    else if (vpcEndpointId !== null) findEndpoint(context, vpcEndpointId);
    else refuse('MissingParameter', 'The request must contain the parameter ServiceId or VpcEndpointId');
    const notification: ConnectionNotification = {
      ...newResource(context, 'connectionNotification'),
      kind: 'connectionNotification',
      serviceId,
      vpcEndpointId,
      topicArn: checkedTopic(input.ConnectionNotificationArn, context),
      events: checkedEvents(input.ConnectionEvents),
    };
    return {
      edits: [put(notification)],
      output: { ConnectionNotification: viewNotification(notification), ClientToken: input.ClientToken },
    };
  },
);
