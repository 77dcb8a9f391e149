/**
 * Stage 'cross': into an endpoint interface and out at the service, with both addresses rewritten. Only the listed ports
 * cross; a ping of an endpoint interface has no answer, as at AWS.
 */
import type { Port } from '../plan/plan.ts';
import type { Walk } from './walk.ts';

export function toCrossing(walk: Walk, port: Port): void {
  const crossing = walk.index.crossings.get(port.id);
  if (crossing === undefined) {
    walk.drop('cross', 'ingress', port.id, 'BAD_STATE', `${port.id} leads nowhere: its endpoint is gone`);
    return;
  }
  const { protocol, to } = walk.flow;
  const name = protocol === '6' ? 'tcp' : protocol === '17' ? 'udp' : undefined;
  const listener = crossing.listeners.find((each) => each.protocol === name && each.port === to.port);
  const components = crossing.origin;
  if (!crossing.open) {
    const sentence = `${components[1] ?? crossing.id} is not accepted: nothing may enter it`;
    walk.drop('cross', 'ingress', crossing.id, 'BAD_STATE', sentence, components);
  } else if (listener === undefined) {
    const sentence = `${components[2] ?? crossing.id} does not take that port and protocol through an endpoint`;
    walk.drop('cross', 'ingress', crossing.id, 'CULVERT_PORT_NOT_SERVED', sentence, components);
    return;
  } else {
    walk.pass('cross', 'ingress', crossing.id, `${listener.protocol}/${listener.port}`);
  }
  walk.enter(crossing.provider, crossing.linkAddress, crossing.targetAddress);
  const service = walk.index.services.get(crossing.targetAddress);
  if (service !== undefined) walk.deliver('service', service.id);
}
