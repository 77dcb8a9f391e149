/** NAT gateways for tests' worlds. */
import type { NatGateway, Subnet } from '../../model/resources.ts';
import type { World } from './world.ts';

/** A public one in `subnet`. */
export function addNatGateway(world: World, subnet: Subnet, publicAddress: string): NatGateway {
  const resource = world.resource('nat');
  const port = world.interface(subnet, [], {
    type: 'natGateway',
    natGatewayId: resource.id,
    sourceDestCheck: false,
    publicAddress,
  });
  return world.put<NatGateway>({
    ...resource,
    kind: 'natGateway',
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    connectivity: 'public',
    interfaceId: port.id,
    privateAddress: port.addresses[0] ?? '',
    elasticAddressId: null,
    publicAddress,
    failure: null,
    changedRevision: 0,
    deletion: null,
  });
}
