/**
 * Calls of the caller's account in this Region, the newest first: by one attribute at most, within a range of time, page by page.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
import type * as CloudTrail from '@aws-sdk/client-cloudtrail';
import { refuse } from '../../model/refusal.ts';
import type { TrailEvent } from '../../model/trail.ts';
import { reply } from '../action.ts';
import { action, type Declare } from '../shared/declare.ts';
import { viewEvent } from './view-event.ts';

const cloudtrailAction: Declare<typeof CloudTrail> = action;

const MOST = 50;

type Attribute = CloudTrail.LookupAttribute;

export const lookupEvents = cloudtrailAction<'LookupEvents'>(
  { LookupAttributes: true, StartTime: true, EndTime: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const { LookupAttributes: attributes = [], StartTime: from, EndTime: to, MaxResults: count = MOST } = input;
    if (attributes.length > 1) {
      refuse('InvalidLookupAttributesException', 'You can specify only one lookup attribute.');
    }
    if (from !== undefined && to !== undefined && from > to) {
      refuse('InvalidTimeRangeException', 'The start time must be before the end time.');
    }
    if (count < 1 || count > MOST) refuse('InvalidMaxResultsException', `MaxResults must be from 1 to ${MOST}.`);
    const events = context.trail.find({
      account: context.account,
      region: context.region,
      matches: matcherOf(attributes[0]),
      from: from?.getTime() ?? null,
      to: to?.getTime() ?? null,
      before: input.NextToken === undefined ? null : serialIn(input.NextToken),
      // One more tells whether there is another page.
      count: count + 1,
    });
    const shown = events.slice(0, count);
    const last = shown.at(-1);
    const isMore = events.length > count && last !== undefined;
    return reply({ Events: shown.map(viewEvent), ...(isMore && { NextToken: btoa(`before:${last.serial}`) }) });
  },
);

function matcherOf(attribute: Attribute | undefined): (event: TrailEvent) => boolean {
  if (attribute === undefined) return () => true;
  const value = attribute.AttributeValue ?? '';
  switch (attribute.AttributeKey) {
    case 'AccessKeyId':
      return ({ accessKeyId }) => accessKeyId === value;
    case 'EventId':
      return ({ id }) => id === value;
    case 'EventName':
      return ({ name }) => name === value;
    case 'EventSource':
      return ({ source }) => source === value;
    case 'ReadOnly':
      return ({ isReadOnly }) => String(isReadOnly) === value;
    case 'ResourceName':
      return ({ resources }) => resources.some(({ name }) => name === value);
    case 'ResourceType':
      return ({ resources }) => resources.some(({ type }) => type === value);
    case 'Username':
      return ({ username }) => username === value;
    default:
      return refuse('InvalidLookupAttributesException', 'The lookup attribute is not valid.');
  }
}

function serialIn(token: string): number {
  let text = '';
  try {
    text = atob(token);
  } catch {
    // Refused below.
  }
  const serial = /^before:(\d{1,15})$/.exec(text)?.[1];
  return serial === undefined ? refuse('InvalidNextTokenException', 'The token is invalid.') : Number(serial);
}
