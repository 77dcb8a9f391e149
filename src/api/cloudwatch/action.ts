/** An action of CloudWatch by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as CloudWatch from '@aws-sdk/client-cloudwatch';
import { action, type Declare } from '../shared/declare.ts';

export const cloudwatchAction: Declare<typeof CloudWatch> = action;
