/** The document that says who may assume a role. */
import { identityByArn } from '../../iam/arn.ts';
import { parseDocument, refusePrincipal } from '../../iam/document.ts';
import type { Intent } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';

const MAX_SIZE = 2048;

/** Whom it names, beside accounts and sessions, must be there: a role that is being made cannot name itself. */
export function checkedTrust(document: string, intent: Intent): string {
  const named = parseDocument(document, 'trust').statements.flatMap(({ principals }) => principals?.values.AWS ?? []);
  const absent = named.find((each) => /:(user|role)\//.test(each) && identityByArn(intent, each) === undefined);
  if (absent !== undefined) refusePrincipal('AWS', absent);
  if (document.replace(/\s/g, '').length > MAX_SIZE) {
    refuse('LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${MAX_SIZE}`, 409);
  }
  return document;
}

const MIN_SESSION = 3600;
const MAX_SESSION = 43_200;

export function checkedSessionSeconds(seconds: number | undefined): number {
  const given = seconds ?? MIN_SESSION;
  if (given < MIN_SESSION || given > MAX_SESSION || !Number.isInteger(given)) {
    const bound =
      given < MIN_SESSION ? `greater than or equal to ${MIN_SESSION}` : `less than or equal to ${MAX_SESSION}`;
    refuse(
      'ValidationError',
      `1 validation error detected: Value '${given}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  return given;
}
