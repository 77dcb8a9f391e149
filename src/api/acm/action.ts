/** An ACM action by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as ACM from '@aws-sdk/client-acm';
import { action, type Declare } from '../shared/declare.ts';

export const acmAction: Declare<typeof ACM> = action;
