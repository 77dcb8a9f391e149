/**
 * Elastic addresses: who holds one follows from the interfaces, so an interface that goes lets go of its own. An address has an
 * association's id from its last association on; it counts while somebody holds the address.
 */
import { refuse } from '../../../model/refusal.ts';
import type { ElasticAddress, NetworkInterface } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { ownBy } from '../../shared/find.ts';

export function holderOf(context: Pick<Context, 'intent'>, address: ElasticAddress): NetworkInterface | undefined {
  return context.intent.table('networkInterface').by('publicAddress', address.publicIp)[0];
}

/** The elastic address that an interface has; undefined: it has none, or one that was given automatically. */
export function elasticOf(context: Pick<Context, 'intent'>, port: NetworkInterface): ElasticAddress | undefined {
  if (port.publicAddress === null) return undefined;
  return context.intent.table('elasticAddress').by('publicIp', port.publicAddress)[0];
}

export function addressByIp(context: Context, publicIp: string): ElasticAddress {
  const [found] = ownBy(context, 'elasticAddress', 'publicIp', publicIp);
  return found ?? refuse('InvalidAddress.NotFound', `Address '${publicIp}' not found.`);
}

/** A NAT gateway keeps its address for its whole life. */
export function refuseNatGateways(holder: NetworkInterface | undefined): void {
  if (holder?.natGatewayId === undefined) return;
  refuse('AuthFailure', 'You do not have permission to access the specified resource.', 403);
}
