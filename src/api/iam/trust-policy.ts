/** The document that says who may assume a role. */
import { parseDocument } from '../../iam/document.ts';
import { refuse } from '../../model/refusal.ts';

const MAX_SIZE = 2048;

export function checkedTrust(document: string): string {
  parseDocument(document, 'trust');
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
