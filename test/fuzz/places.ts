/** Where programs listen while packets are sent: wherever a plan lets one arrive, but for name servers, which are real. */
import type { Paths } from '../../src/host/paths.ts';
import { isIpv6 } from '../../src/net/ip.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { inboundIn, runningIn } from './running.ts';

/** All that a flow may go to. */
const PORTS = [22, 53, 80, 443, 8080, 9000];
const DNS_PORT = 53;

export interface Place {
  readonly path: string;
  readonly where: string;
  readonly address: string;
  readonly port: number;
  readonly isUdp: boolean;
}

export function* places(plan: Plan, paths: Paths): Iterable<Place> {
  const at = (netns: string, where: string, address: string, port: number, isUdp = false): Place => ({
    ...{ path: paths.netnsOf(netns), where, address, port, isUdp },
  });
  const running = runningIn(plan);
  const resolvers = inboundIn(plan);
  for (const { machine, addresses } of plan.ports) {
    if (machine === null || !running.has(machine.id)) continue;
    const ports = resolvers.has(machine.id) ? PORTS.filter((port) => port !== DNS_PORT) : PORTS;
    for (const port of ports) {
      yield at(machine.id, machine.id, '0.0.0.0', port);
      if (addresses.some(isIpv6)) yield at(machine.id, machine.id, '::', port);
    }
    for (const address of addresses) for (const port of ports) yield at(machine.id, machine.id, address, port, true);
  }
  for (const { id, metadataAddresses } of plan.domains)
    for (const address of metadataAddresses) yield at(id, id, address, 80);
  for (const { serviceAddress, serviceAddress6, internetAddress, port } of plan.services) {
    for (const address of [serviceAddress, serviceAddress6 ?? []].flat())
      yield at('services', 'service', address, port);
    yield at('internet', 'service', internetAddress, port);
  }
  for (const { address, port } of plan.serviceGateways) yield at('services', 'service', address, port);
  for (const { domain, nodes } of plan.balancers) {
    for (const { address, crossingAddress, listeners } of nodes) {
      for (const { port, protocol } of listeners.filter(({ engine }) => engine === 'user')) {
        for (const own of [address, crossingAddress]) yield at(domain, 'edge', own, port, protocol === 'udp');
      }
    }
  }
  for (const { address, port } of plan.mirrors) yield at('internet', 'mirror', address, port);
}
