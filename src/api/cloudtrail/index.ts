/** CloudTrail's actions by their AWS names: the history of events. Trails, lakes and queries are refused by name. */
import type * as CloudTrail from '@aws-sdk/client-cloudtrail';
import type { ActionTable } from '../action.ts';
import type { TypedActions } from '../sdk.ts';
import { lookupEvents } from './lookup-events.ts';

export const cloudtrailActions: ActionTable = {
  LookupEvents: lookupEvents,
} satisfies TypedActions<typeof CloudTrail>;
