/** Temporary credentials in the SDK's shape, and how long they may last. */
import type { Credentials } from '@aws-sdk/client-sts';
import type { Principal } from '../../iam/principal.ts';
import { refuse } from '../../model/refusal.ts';
import type { Context } from '../action.ts';

const MIN_SECONDS = 900;

export function issue(context: Context, principal: Principal, seconds: number): Credentials {
  const session = context.issueSession(principal, seconds);
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt),
  };
}

export function checkedSeconds(given: number | undefined, otherwise: number, most: number): number {
  const seconds = given ?? otherwise;
  if (seconds < MIN_SECONDS || seconds > most || !Number.isInteger(seconds)) {
    const bound = seconds < MIN_SECONDS ? `greater than or equal to ${MIN_SECONDS}` : `less than or equal to ${most}`;
    refuse(
      'ValidationError',
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  return seconds;
}
