/** A Direct Connect action by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as DirectConnect from '@aws-sdk/client-direct-connect';
import { action, type Declare } from '../shared/declare.ts';

export const dxAction: Declare<typeof DirectConnect> = action;
