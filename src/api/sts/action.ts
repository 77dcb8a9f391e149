/** An STS action by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as STS from '@aws-sdk/client-sts';
import { action, type Declare } from '../shared/declare.ts';

export const stsAction: Declare<typeof STS> = action;
