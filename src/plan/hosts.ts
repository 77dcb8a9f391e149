/**
 * What stands at the end of ports' links: instances, hosts of sites, and addresses of resolver endpoints; the last two have a
 * namespace without anything that runs in it. Drivers and the analyser know no other difference between them.
 */
import type { Machine, Plan } from './plan.ts';

export type Host = Pick<Machine, 'id' | 'domain' | 'wanted' | 'ports'>;

export function hostsOf({
  machines,
  resolverEndpoints,
  sites,
}: Pick<Plan, 'machines' | 'resolverEndpoints' | 'sites'>): readonly Host[] {
  const addresses = resolverEndpoints.flatMap(({ domain, addresses }) =>
    addresses.map(({ id, port }): Host => ({ id, domain, wanted: 'running', ports: [port] })),
  );
  const hosts = sites.flatMap(({ id: domain, hosts }) =>
    hosts.map(({ id, port }): Host => ({ id, domain, wanted: 'running', ports: [port] })),
  );
  return [...machines, ...addresses, ...hosts];
}
