/** Stages 'source' and 'target': whether a port has a machine that runs. Both ends of a path ask this alike. */
import type { Port } from '../plan/plan.ts';
import type { Walk } from './walk.ts';

/** Records what keeps the port's machine from sending or receiving; true where nothing does. */
export function hasMachine(walk: Walk, port: Port, stage: 'source' | 'target'): boolean {
  const direction = stage === 'source' ? 'egress' : 'ingress';
  if (port.machine === null) {
    walk.drop(stage, direction, port.id, 'UNASSOCIATED_COMPONENT', `${port.id} is not attached to an instance`);
    return false;
  }
  if (!walk.index.running.has(port.machine.id)) {
    const components = [port.machine.id, port.id];
    walk.drop(stage, direction, port.id, 'BAD_STATE', `${port.machine.id} is stopped`, components);
    return false;
  }
  return true;
}
