/**
 * Elastic addresses: who holds one follows from the interfaces, so an interface that goes lets go of its own. An address has an
 * association's id from its last association on; it counts while somebody holds the address.
 */
import { publicPairs } from '../../../model/public-addresses.ts';
import { refuse } from '../../../model/refusal.ts';
import type { ElasticAddress, NetworkInterface } from '../../../model/resources.ts';
import { parseIpv4 } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { ownBy } from '../../shared/find.ts';

export function holderOf(context: Pick<Context, 'intent'>, address: ElasticAddress): NetworkInterface | undefined {
  const interfaces = context.intent.table('networkInterface');
  const [found] = interfaces.by('publicAddress', address.publicIp);
  return found ?? interfaces.by('secondaryPublicAddresses', address.publicIp)[0];
}

/** The private address of its holder that a public one stands for. */
export function privateOf(holder: NetworkInterface, publicIp: string): string {
  return publicPairs(holder).find(({ publicAddress }) => publicAddress === publicIp)?.address ?? '';
}

/** The elastic address that a public one is; undefined: it was given automatically. */
export function elasticOf(context: Pick<Context, 'intent'>, publicAddress: string | null): ElasticAddress | undefined {
  return publicAddress === null ? undefined : context.intent.table('elasticAddress').by('publicIp', publicAddress)[0];
}

/** For describing calls. */
export function addressByIp(context: Context, publicIp: string): ElasticAddress {
  if (parseIpv4(publicIp) === undefined) refuse('InvalidAddress.Malformed', `Invalid IPv4 address: '${publicIp}'`);
  return ownByIp(context, publicIp) ?? refuse('InvalidAddress.NotFound', `Address '${publicIp}' not found.`);
}

function ownByIp(context: Context, publicIp: string): ElasticAddress | undefined {
  return ownBy(context, 'elasticAddress', 'publicIp', publicIp)[0];
}

interface Words {
  readonly noun: 'allocation' | 'association';
  /** What the call is about to do, as AWS says it. */
  readonly doing: string;
  readonly code: 'InvalidParameterCombination' | 'InvalidParameterValue';
}

/**
 * The id of an allocation or an association. By its public address alone AWS changes none that is in a VPC, and there is no other
 * any more. Refuses, in this order: both, neither, an address that is not the caller's, a public address.
 */
export function idAsked(
  context: Context,
  id: string | undefined,
  publicIp: string | undefined,
  { noun, doing, code }: Words,
): string {
  if (id !== undefined && publicIp !== undefined) {
    refuse('InvalidParameterCombination', `You may specify public IP or ${noun} id, but not both in the same call`);
  }
  if (id !== undefined) return id;
  if (publicIp === undefined) refuse('MissingParameter', `Either public IP or ${noun} id must be specified`);
  if (ownByIp(context, publicIp) === undefined) {
    refuse('AuthFailure', `The address '${publicIp}' does not belong to you.`, 403);
  }
  refuse(code, `You must specify an ${noun} id when ${doing}`);
}

/** A NAT gateway keeps its address for its whole life. */
export function refuseNatGateways(holder: NetworkInterface | undefined): void {
  if (holder?.natGatewayId === undefined) return;
  refuse('AuthFailure', 'You do not have permission to access the specified resource.', 403);
}
