/**
 * The services domain, where AWS's services stand behind crossings and gateway endpoints: one link to each VPC that has any. And
 * what both ends of such a link agree on.
 */
import type { Plan } from '../../plan/plan.ts';
import {
  CROSSING_MTU,
  crossingLink,
  FAR_MAC,
  NEXT_HOP,
  ROUTER_MAC,
  SERVICES,
  TABLE_LOCAL,
  TABLE_MAIN,
} from './names.ts';
import { servicesProgram } from './program-services.ts';
import type { Interface, NamespaceState } from './state.ts';

export function renderServices(plan: Plan, sysctls: NamespaceState['sysctls']): NamespaceState {
  const crossings = plan.crossings.filter((crossing) => crossing.provider === SERVICES);
  const gateways = plan.serviceGateways;
  const consumers = unique([
    ...crossings.map((crossing) => crossing.consumer),
    ...gateways.map((gateway) => gateway.domain),
  ]);
  return {
    id: SERVICES,
    kind: 'router',
    sysctls,
    interfaces: consumers.map((consumer) => crossingInterface(SERVICES, consumer)),
    addresses: [],
    neighbours: consumers.map((far) => `${NEXT_HOP} lladdr ${crossingMac(far, SERVICES)} dev ${crossingLink(far)}`),
    routes: [
      ...unique([
        ...plan.services.map((service) => service.serviceAddress),
        ...gateways.map((gateway) => gateway.address),
      ]).map(localRoute),
      ...[...crossings, ...gateways.map(({ linkAddress, domain }) => ({ linkAddress, consumer: domain }))].map(
        ({ linkAddress, consumer }) =>
          `${linkAddress} via ${NEXT_HOP} dev ${crossingLink(consumer)} table ${TABLE_MAIN} onlink`,
      ),
      `default dev lo table ${TABLE_MAIN}`,
    ],
    rules: [],
    program: servicesProgram(crossings, gateways),
    tracked: [],
    cuts: [],
  };
}

/** A link of two VPCs is made by the one whose id comes first, the one to the services' domain by the VPC. */
export function crossingMac(domain: string, far: string): string {
  return domain !== SERVICES && (far === SERVICES || domain < far) ? ROUTER_MAC : FAR_MAC;
}

export function crossingInterface(domain: string, far: string): Interface {
  const mac = crossingMac(domain, far);
  const peer =
    mac === ROUTER_MAC ? { namespace: far, name: crossingLink(domain), mac: crossingMac(far, domain) } : null;
  return { name: crossingLink(far), mac, mtu: CROSSING_MTU, peer };
}

export const localRoute = (address: string) => `local ${address} dev lo table ${TABLE_LOCAL}`;

export function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
