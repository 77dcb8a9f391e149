/**
 * Stage 'cross': into an endpoint interface and out at the service, with both addresses rewritten. Only the listed ports
 * cross; a ping of an endpoint interface has no answer, as at AWS. A load balancer's groups may judge the client before, by
 * its own address: a rule that names a group knows nobody there, however alike a stranger's address is.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
 */
import { isIpv6 } from '../net/ip.ts';
import type { Crossing, Port } from '../plan/plan.ts';
import { describe, passFilters } from './group.ts';
import { listensTo, spread } from './path-balancer.ts';
import type { IndexedNode } from './plan-index.ts';
import type { Reason } from './reasons.ts';
import type { Walk } from './walk.ts';

export function toCrossing(walk: Walk, port: Port): void {
  const crossing = walk.index.crossings.get(isIpv6(walk.destination) ? `${port.id}/ipv6` : port.id);
  if (crossing === undefined) {
    walk.drop('cross', 'ingress', port.id, 'BAD_STATE', `${port.id} leads nowhere: what it led to is gone`);
    return;
  }
  const components = crossing.origin;
  const beyond = walk.index.nodesBeyond.get(crossing.targetAddress);
  if (!crossing.open) walk.drop('cross', 'ingress', crossing.id, 'BAD_STATE', whyClosed(crossing), components);
  if (crossing.guards !== null && beyond !== undefined) {
    const { id } = beyond.balancer;
    const gate = { ids: crossing.guards, component: id, direction: 'ingress', peer: walk.source, members: [] } as const;
    passFilters(walk, gate);
  }
  const listener = crossing.listeners.find((each) => listensTo(each, walk.flow));
  if (listener === undefined) {
    const { code, sentence } = notServed(walk, crossing, beyond);
    walk.drop('cross', 'ingress', crossing.id, code, sentence, components);
    return;
  }
  if (crossing.open) walk.pass('cross', 'ingress', crossing.id, `${listener.protocol}/${listener.port}`);
  walk.enter(crossing.provider, crossing.linkAddress, crossing.targetAddress);
  if (beyond !== undefined) {
    spread(walk, beyond, true);
    return;
  }
  const service = walk.index.services.get(crossing.targetAddress);
  if (service !== undefined) walk.deliver('service', service.id);
}

function whyClosed({ origin, id, closedBy }: Crossing): string {
  const [, endpoint = id, service = id] = origin;
  if (closedBy === 'pendingAcceptance') return `${endpoint} waits for the provider of ${service} to accept it`;
  if (closedBy === 'expired') return `${endpoint} was not accepted by the provider of ${service} in time`;
  if (closedBy === 'rejected') return `${endpoint} was rejected by the provider of ${service}`;
  return `${service}, which ${endpoint} leads to, was deleted`;
}

function notServed(
  walk: Walk,
  { id, origin }: Crossing,
  beyond: IndexedNode | undefined,
): Pick<Reason, 'code' | 'sentence'> {
  if (beyond !== undefined) {
    const sentence = `${beyond.balancer.id} has no listener for ${describe(walk.flow)}`;
    return { code: 'ELBV2_LISTENERS_MISMATCH', sentence };
  }
  const sentence = `${origin[2] ?? id} does not take that port and protocol through an endpoint`;
  return { code: 'CULVERT_PORT_NOT_SERVED', sentence };
}
