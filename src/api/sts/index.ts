/** The STS actions by their AWS name. */
import type * as STS from '@aws-sdk/client-sts';
import type { ActionTable } from '../action.ts';
import type { TypedActions } from '../sdk.ts';
import { assumeRole } from './assume-role.ts';
import { getCallerIdentity, getSessionToken } from './caller.ts';

export const stsActions = {
  AssumeRole: assumeRole,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
} satisfies TypedActions<typeof STS> & ActionTable;
