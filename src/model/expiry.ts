/**
 * States that time alone brings about: a request to connect that its provider does not answer expires. Derived wherever it is
 * asked for, never stored; the daemon asks whether any came about, so that the Plan says so too.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html#concepts-vpc-endpoints
 */
import type { Intent } from './intent.ts';
import type { VpcEndpoint } from './resources.ts';

/** AWS names the state and not the time. As long as a request to peer, which it does document. */
export const ACCEPTANCE_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

/** `now`: ISO 8601. Nobody accepted it in time. */
export function isExpired({ acceptance, deletedRevision, createdAt }: VpcEndpoint, now: string): boolean {
  if (acceptance !== 'pending' || deletedRevision !== null) return false;
  return Date.parse(now) - Date.parse(createdAt) >= ACCEPTANCE_DAYS * DAY_MS;
}

/** Whether anything expired after `from`, up to and with `to`. */
export function hasExpiredBetween(intent: Intent, from: string, to: string): boolean {
  for (const endpoint of intent.table('vpcEndpoint').all()) {
    if (isExpired(endpoint, to) && !isExpired(endpoint, from)) return true;
  }
  return false;
}
