/**
 * An event as EventBridge hands it out, and a recorded API call as an event.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
import type { EventDraft, StreamEvent } from '../../model/events.ts';
import type { TrailEvent } from '../../model/trail.ts';
import { recordOf } from '../cloudtrail/view-event.ts';

/** What is handed out, in AWS's order. */
export interface Envelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** To the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

export function envelopeOf(event: StreamEvent): Envelope {
  return {
    version: '0',
    id: event.id,
    'detail-type': event.detailType,
    source: event.source,
    account: event.account,
    time: event.at.replace(/\.\d+Z$/, 'Z'),
    region: event.region,
    resources: event.resources,
    detail: event.detail,
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
export function callDraft(call: TrailEvent): EventDraft {
  return {
    account: call.account,
    region: call.region,
    source: `aws.${call.source.split('.')[0]}`,
    detailType: 'AWS API Call via CloudTrail',
    resources: [],
    detail: recordOf(call),
  };
}
