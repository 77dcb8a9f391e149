/** Internet gateways that are attached, and egress-only ones. A detached one carries nothing, so it is not in the Plan. */
import type { Intent } from '../../model/intent.ts';
import { sortById } from '../order.ts';
import type { Gateway } from '../plan.ts';

export function compileGateways(intent: Intent): readonly Gateway[] {
  const gateways: Gateway[] = [];
  for (const { id, vpcId } of intent.table('internetGateway').all()) {
    if (vpcId !== null) gateways.push({ id, origin: [id, vpcId], domain: vpcId, kind: 'internet' });
  }
  for (const { id, vpcId } of intent.table('egressOnlyInternetGateway').all()) {
    gateways.push({ id, origin: [id, vpcId], domain: vpcId, kind: 'egressOnly' });
  }
  return sortById(gateways);
}
