/**
 * What stands at the end of ports' links: instances, and addresses of resolver endpoints, which have a namespace without
 * anything that runs in it. Drivers and the analyser know no other difference between the two.
 */
import type { Machine, Plan } from './plan.ts';

export type Host = Pick<Machine, 'id' | 'domain' | 'wanted' | 'ports'>;

export function hostsOf({
  machines,
  resolverEndpoints,
}: Pick<Plan, 'machines' | 'resolverEndpoints'>): readonly Host[] {
  const addresses = resolverEndpoints.flatMap(({ domain, addresses }) =>
    addresses.map(({ id, port }): Host => ({ id, domain, wanted: 'running', ports: [port] })),
  );
  return [...machines, ...addresses];
}
