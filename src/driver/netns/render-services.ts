/**
 * The services domain, where AWS's services stand behind crossings and gateway endpoints: one link to each VPC that
 * has any.
 */
import type { Plan } from '../../plan/plan.ts';
import { crossingLink, NEXT_HOP, SERVICES, TABLE_MAIN } from './names.ts';
import { servicesProgram } from './program-services.ts';
import { crossingInterface, crossingMac, localRoute, ROUTER_SYSCTLS, unique } from './render-links.ts';
import type { NamespaceState } from './state.ts';

export function renderServices(plan: Plan): NamespaceState {
  const crossings = plan.crossings.filter((crossing) => crossing.provider === SERVICES);
  const gateways = plan.serviceGateways;
  const consumers = unique([
    ...crossings.map((crossing) => crossing.consumer),
    ...gateways.map((gateway) => gateway.domain),
  ]);
  return {
    id: SERVICES,
    kind: 'router',
    sysctls: ROUTER_SYSCTLS,
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
    fast: [],
    tracked: [],
    cuts: [],
  };
}
