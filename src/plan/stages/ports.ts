/**
 * Network interfaces become ports. An endpoint's interface and a load balancer's are addresses that the router itself holds
 * ('crossing', 'balancer'); every other one is the end of a link to an instance or to a resolver endpoint's
 * namespace, or unplugged.
 */
import type { Intent } from '../../model/intent.ts';
import { publicPairs } from '../../model/public-addresses.ts';
import type { Instance, LoadBalancer, NetworkInterface } from '../../model/resources.ts';
import { rememberWith } from '../memo.ts';
import { compareText, sortById } from '../order.ts';
import type { Port } from '../plan.ts';

export function compilePorts(intent: Intent): readonly Port[] {
  return sortById([...intent.table('networkInterface').all()].map((eni) => portOf(eni, ownerOf(intent, eni))));
}

function ownerOf(intent: Intent, { attachment, loadBalancerId }: NetworkInterface): Owner | undefined {
  if (attachment !== null) return intent.table('instance').get(attachment.instanceId);
  return loadBalancerId === null ? undefined : intent.table('loadBalancer').get(loadBalancerId);
}

type Owner = Instance | LoadBalancer;

const portOf = rememberWith((eni: NetworkInterface, owner: Owner | undefined): Port => {
  const kind = kindOf(eni);
  return {
    id: eni.id,
    origin: originOf(eni),
    domain: eni.vpcId,
    segment: eni.subnetId,
    kind,
    addresses: eni.ipv6Addresses.length === 0 ? eni.addresses : [...eni.addresses, ...eni.ipv6Addresses],
    mac: eni.mac,
    filters: eni.natGatewayId === undefined ? [...new Set(eni.groupIds)].sort(compareText) : null,
    // The router is the only one to send from an address that it holds: nothing may loosen that.
    spoofGuard: kind !== 'machine' || eni.sourceDestCheck,
    machine: machineOf(eni, owner?.kind === 'instance' ? owner : undefined),
    publics: publicPairs(eni),
    deniesInternet: kind === 'crossing' || (owner?.kind === 'loadBalancer' && owner.scheme === 'internal'),
  };
});

function kindOf({ vpcEndpointId, loadBalancerId }: NetworkInterface): Port['kind'] {
  if (vpcEndpointId !== null) return 'crossing';
  return loadBalancerId === null ? 'machine' : 'balancer';
}

function originOf(eni: NetworkInterface): readonly string[] {
  const owner =
    eni.vpcEndpointId ??
    eni.loadBalancerId ??
    eni.resolver?.endpointId ??
    eni.transitAttachmentId ??
    eni.natGatewayId ??
    eni.attachment?.instanceId;
  return owner === undefined ? [eni.id] : [eni.id, owner];
}

/** A terminated instance has no machine any more: an interface that outlives it is unplugged. */
function machineOf(eni: NetworkInterface, instance: Instance | undefined): Port['machine'] {
  if (eni.natGatewayId !== undefined) return { id: eni.natGatewayId, deviceIndex: 0 };
  if (eni.resolver !== undefined) return { id: eni.resolver.addressId, deviceIndex: 0 };
  if (eni.attachment === null || instance === undefined || instance.wanted === 'terminated') return null;
  return { id: instance.id, deviceIndex: eni.attachment.deviceIndex };
}
