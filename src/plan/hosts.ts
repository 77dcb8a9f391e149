/**
 * What stands at the end of ports' links: instances, hosts of sites, addresses of resolver endpoints and NAT gateways; the last three
 * have a namespace without anything that runs in it. Drivers and the analyser know no other difference, save what a NAT gateway does.
 */
import type { Machine, Plan } from './plan.ts';

export type Host = Pick<Machine, 'id' | 'domain' | 'wanted' | 'ports'>;

export function hostsOf({
  machines,
  resolverEndpoints,
  sites,
  natGateways,
}: Pick<Plan, 'machines' | 'resolverEndpoints' | 'sites' | 'natGateways'>): readonly Host[] {
  const addresses = resolverEndpoints.flatMap(({ domain, addresses }) =>
    addresses.map(({ id, port }): Host => ({ id, domain, wanted: 'running', ports: [port] })),
  );
  const hosts = sites.flatMap(({ id: domain, hosts }) =>
    hosts.map(({ id, port }): Host => ({ id, domain, wanted: 'running', ports: [port] })),
  );
  const gateways = natGateways.map(({ id, domain, port }): Host => ({ id, domain, wanted: 'running', ports: [port] }));
  return [...machines, ...addresses, ...hosts, ...gateways];
}
