/**
 * States that time alone brings about: a request to connect that its provider does not answer expires, an unhealthy target has
 * drained. Derived wherever it is
 * asked for, never stored; the daemon asks whether any came about, so that the Plan says so too.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html#concepts-vpc-endpoints
 */
import { groupSettings } from './balancer-attributes.ts';
import type { Facts } from './facts.ts';
import type { Intent } from './intent.ts';
import type { VpcEndpoint } from './resources.ts';
import { targetHealth } from './targets.ts';

/** AWS names the state and not the time. As long as a request to peer, which it does document. */
export const ACCEPTANCE_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

/** `now`: ISO 8601. Nobody accepted it in time. */
export function isExpired({ acceptance, deletedRevision, createdAt }: VpcEndpoint, now: string): boolean {
  if (acceptance !== 'pending' || deletedRevision !== null) return false;
  return Date.parse(now) - Date.parse(createdAt) >= ACCEPTANCE_DAYS * DAY_MS;
}

/** Whether anything expired or drained after `from`, up to and with `to`. */
export function hasExpiredBetween(intent: Intent, measured: Pick<Facts, 'targets'>, from: string, to: string): boolean {
  for (const endpoint of intent.table('vpcEndpoint').all()) {
    if (isExpired(endpoint, to) && !isExpired(endpoint, from)) return true;
  }
  for (const group of intent.table('targetGroup').all()) {
    const settings = groupSettings(group);
    if (settings.unhealthyDrainingSeconds === 0) continue;
    for (const { id } of intent.table('target').by('targetGroupId', group.id)) {
      const fact = measured.targets.get(id);
      if (targetHealth(settings, fact, from) !== targetHealth(settings, fact, to)) return true;
    }
  }
  return false;
}
