/** An action of EventBridge by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as EventBridge from '@aws-sdk/client-eventbridge';
import { action, type Declare } from '../shared/declare.ts';

export const eventsAction: Declare<typeof EventBridge> = action;
