/** Stages 'source' and 'target': whether a port has a machine that runs, and takes packets for itself. Both ends of a path ask this alike. */
import { isIpv6 } from '../net/ip.ts';
import type { Port } from '../plan/plan.ts';
import type { Walk } from './walk.ts';

/** Records what keeps the port's machine from sending or receiving; true where nothing does. */
export function hasMachine(walk: Walk, port: Port, stage: 'source' | 'target'): boolean {
  return isPlugged(walk, port, stage) && (stage === 'source' || takesPackets(walk, port));
}

/** Whether the port is plugged into a machine that runs. */
export function isPlugged(walk: Walk, port: Port, stage: 'source' | 'target'): boolean {
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

/** Whether what is plugged in takes packets of its own. */
export function takesPackets(walk: Walk, port: Port): boolean {
  const gateway = walk.index.natGateways.get(port.id);
  if (gateway === undefined) return true;
  const sentence = `${gateway.id} lets connections out: nobody opens one to ${gateway.address}`;
  walk.drop('nat', 'ingress', gateway.id, 'CULVERT_NAT_RESTRICTION', sentence, gateway.origin);
  return false;
}

/** Whether the packet seems to come from the machine that it is for, by whichever of its interfaces. */
export function isItself(walk: Walk, { addresses, machine }: Port): boolean {
  if (addresses.includes(walk.source)) return true;
  return machine !== null && walk.index.portAt(walk.domain, walk.source)?.machine?.id === machine.id;
}

/** What a machine's own kernel throws away: Linux looks for martian sources in IPv4 only. */
export function dropMartian(walk: Walk, port: Port): void {
  if (isIpv6(walk.source) || !isItself(walk, port)) return;
  const sentence = `${walk.source} is an address of ${port.id}'s own machine, which takes nothing that claims to be from itself`;
  walk.drop('target', 'ingress', port.id, 'CULVERT_NO_WAY_BACK', sentence);
}
