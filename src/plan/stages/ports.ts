/**
 * Network interfaces become ports. An endpoint's interface is an address that the router itself holds ('crossing'); every
 * other one is the end of a link to an instance, or unplugged.
 */
import type { Intent } from '../../model/intent.ts';
import type { NetworkInterface } from '../../model/resources.ts';
import { compareText, sortById } from '../order.ts';
import type { Port } from '../plan.ts';

export function compilePorts(intent: Intent): readonly Port[] {
  return sortById([...intent.table('networkInterface').all()].map((each) => portOf(intent, each)));
}

function portOf(intent: Intent, eni: NetworkInterface): Port {
  const crossing = eni.vpcEndpointId !== null;
  return {
    id: eni.id,
    origin: originOf(eni),
    domain: eni.vpcId,
    segment: eni.subnetId,
    kind: crossing ? 'crossing' : 'machine',
    addresses: eni.addresses,
    mac: eni.mac,
    filters: [...new Set(eni.groupIds)].sort(compareText),
    // The router is the only one to send from a crossing's address: nothing may loosen that.
    spoofGuard: crossing || eni.sourceDestCheck,
    machine: machineOf(intent, eni),
    publicAddress: eni.publicAddress,
  };
}

function originOf(eni: NetworkInterface): readonly string[] {
  const owner = eni.vpcEndpointId ?? eni.attachment?.instanceId;
  return owner === undefined ? [eni.id] : [eni.id, owner];
}

/** A terminated instance has no machine any more: an interface that outlives it is unplugged. */
function machineOf(intent: Intent, eni: NetworkInterface): Port['machine'] {
  if (eni.attachment === null) return null;
  const instance = intent.table('instance').get(eni.attachment.instanceId);
  if (instance === undefined || instance.wanted === 'terminated') return null;
  return { id: instance.id, deviceIndex: eni.attachment.deviceIndex };
}
