/** An IAM action by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as IAM from '@aws-sdk/client-iam';
import { action, type Declare } from '../shared/declare.ts';

export const iamAction: Declare<typeof IAM> = action;
