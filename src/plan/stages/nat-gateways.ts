/** NAT gateways that could be made and were not deleted. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html */
import type { Intent } from '../../model/intent.ts';
import { isLive } from '../../model/remote.ts';
import { sortById } from '../order.ts';
import type { NatGateway } from '../plan.ts';

export function compileNatGateways(intent: Intent): readonly NatGateway[] {
  const gateways: NatGateway[] = [];
  for (const gateway of intent.table('natGateway').all()) {
    const { id, vpcId, subnetId, interfaceId, privateAddress } = gateway;
    if (!isLive(gateway) || interfaceId === null || privateAddress === null) continue;
    const origin = [id, interfaceId, subnetId, vpcId];
    gateways.push({ id, origin, domain: vpcId, port: interfaceId, address: privateAddress });
  }
  return sortById(gateways);
}
