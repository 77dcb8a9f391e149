/** An event in the SDK's shape, and the record that CloudTrail keeps of it. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
import type { Event } from '@aws-sdk/client-cloudtrail';
import type { TrailEvent } from '../../model/trail.ts';

export function viewEvent(event: TrailEvent): Event {
  return {
    EventId: event.id,
    EventName: event.name,
    ReadOnly: String(event.isReadOnly),
    ...(event.accessKeyId !== null && { AccessKeyId: event.accessKeyId }),
    EventTime: new Date(event.at),
    EventSource: event.source,
    Username: event.username,
    Resources: event.resources.map(({ type, name }) => ({
      ...(type !== null && { ResourceType: type }),
      ResourceName: name,
    })),
    CloudTrailEvent: JSON.stringify(recordOf(event)),
  };
}

/** As CloudTrail keeps it. */
export function recordOf(event: TrailEvent): object {
  const { principal, error, parameters, account } = event;
  // EC2 says whose fault it was.
  const code = event.source === 'ec2.amazonaws.com' && error !== null ? `Client.${error.code}` : error?.code;
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: principal.type,
      principalId: principal.id,
      arn: principal.arn,
      accountId: account,
      ...(event.accessKeyId !== null && { accessKeyId: event.accessKeyId }),
      ...(principal.type === 'IAMUser' && { userName: event.username }),
      ...(principal.issuerArn !== null && {
        sessionContext: { sessionIssuer: { type: 'Role', arn: principal.issuerArn, accountId: account } },
      }),
    },
    eventTime: event.at.replace(/\.\d+Z$/, 'Z'),
    eventSource: event.source,
    eventName: event.name,
    awsRegion: event.region,
    sourceIPAddress: event.clientAddress,
    userAgent: event.userAgent,
    ...(error !== null && { errorCode: code, errorMessage: error.message }),
    requestParameters: parameters === null ? null : JSON.parse(parameters),
    responseElements: null,
    requestID: event.requestId,
    eventID: event.id,
    readOnly: event.isReadOnly,
    ...(event.vpcEndpointId !== null && { vpcEndpointId: event.vpcEndpointId }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  };
}
