/** Who can send, and be sent to, in a plan that is in force. */
import { hostsOf } from '../../src/plan/hosts.ts';
import type { Plan } from '../../src/plan/plan.ts';

/** Instances and hosts of sites. */
export function runningIn(plan: Plan): ReadonlySet<string> {
  const gateways = new Set(plan.natGateways.map(({ id }) => id));
  const hosts = hostsOf(plan).filter(({ id, wanted }) => wanted === 'running' && !gateways.has(id));
  return new Set(hosts.map(({ id }) => id));
}
