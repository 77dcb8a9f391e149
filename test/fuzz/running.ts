/** Who can send, and be sent to, in a plan that is in force. */
import { hostsOf } from '../../src/plan/hosts.ts';
import type { Plan } from '../../src/plan/plan.ts';

/** Instances, hosts of sites and addresses of resolver endpoints. */
export function runningIn(plan: Plan): ReadonlySet<string> {
  const gateways = new Set(plan.natGateways.map(({ id }) => id));
  const hosts = hostsOf(plan).filter(({ id, wanted }) => wanted === 'running' && !gateways.has(id));
  return new Set(hosts.map(({ id }) => id));
}

/** Addresses of inbound resolver endpoints, where a real server answers for DNS if its VPC has DNS at all: by id. */
export function inboundIn({ resolverEndpoints, views }: Plan): ReadonlySet<string> {
  const answered = new Set(views.map(({ id }) => id));
  const inbound = resolverEndpoints.filter(({ direction, domain }) => direction === 'inbound' && answered.has(domain));
  return new Set(inbound.flatMap(({ addresses }) => addresses.map(({ id }) => id)));
}
