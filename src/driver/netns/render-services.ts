/**
 * The services domain, where AWS's services stand behind crossings and gateway endpoints: one link to each VPC that
 * has any.
 */
import { isIpv6 } from '../../net/ip.ts';
import type { Plan } from '../../plan/plan.ts';
import { crossingLink, SERVICES, TABLE_MAIN } from './names.ts';
import { servicesProgram } from './program-services.ts';
import {
  crossingInterface,
  crossingMac,
  IPV6_SYSCTLS,
  localRoute,
  nextHops,
  ROUTER_SYSCTLS,
  through,
  unique,
} from './render-links.ts';
import type { NamespaceState } from './state.ts';

export function renderServices(plan: Plan): NamespaceState {
  const crossings = plan.crossings.filter((crossing) => crossing.provider === SERVICES);
  const gateways = plan.serviceGateways;
  const consumers = unique([
    ...crossings.map((crossing) => crossing.consumer),
    ...gateways.map((gateway) => gateway.domain),
  ]);
  const hasIpv6 = crossings.some(({ address }) => isIpv6(address));
  return {
    id: SERVICES,
    kind: 'router',
    sysctls: hasIpv6 ? { ...ROUTER_SYSCTLS, ...IPV6_SYSCTLS } : ROUTER_SYSCTLS,
    interfaces: consumers.map((consumer) => crossingInterface(SERVICES, consumer)),
    addresses: [],
    neighbours: consumers.flatMap((far) => nextHops(hasIpv6, crossingMac(far, SERVICES), crossingLink(far))),
    routes: [
      ...unique([
        ...plan.services.flatMap((service) => [service.serviceAddress, service.serviceAddress6 ?? []].flat()),
        ...gateways.map((gateway) => gateway.address),
      ]).map(localRoute),
      ...[...crossings, ...gateways.map(({ linkAddress, domain }) => ({ linkAddress, consumer: domain }))].map(
        ({ linkAddress, consumer }) =>
          `${linkAddress} ${through(linkAddress, crossingLink(consumer))} table ${TABLE_MAIN} onlink`,
      ),
      `default dev lo table ${TABLE_MAIN}`,
    ],
    rules: [],
    program: servicesProgram(crossings, gateways),
    fast: [],
    headers: [],
    tracked: [],
    cuts: [],
  };
}
