/** An action of Service Quotas by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as ServiceQuotas from '@aws-sdk/client-service-quotas';
import { action, type Declare } from '../shared/declare.ts';

export const quotasAction: Declare<typeof ServiceQuotas> = action;
