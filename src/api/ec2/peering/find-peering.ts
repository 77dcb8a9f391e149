/** Peering connections belong to two: either side finds them, in its own region, for as long as they are shown to it. */
import { isId } from '../../../model/ids.ts';
import { owner } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PeeringSide, VpcPeering } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { distinct } from '../../shared/input.ts';
import { isVisibleTo, type PeeringCode, peeringCode } from './state.ts';

type Caller = Pick<Context, 'account' | 'region'>;

export function isCallers(side: PeeringSide, { account, region }: Caller): boolean {
  return side.account === account && side.region === region;
}

export function findPeering(context: Context, id: string): VpcPeering {
  if (!isId('vpcPeering', id)) refuse('InvalidVpcPeeringConnectionId.Malformed', `Invalid id: "${id}"`);
  return (
    peeringIfThere(context, id) ??
    refuse('InvalidVpcPeeringConnectionID.NotFound', `The vpcPeeringConnection ID '${id}' does not exist`)
  );
}

export function peeringIfThere(context: Context, id: string): VpcPeering | undefined {
  const peering = context.intent.table('vpcPeering').get(id);
  return peering !== undefined && isShown(peering, context) ? peering : undefined;
}

/** All that the caller has a side in, in the order of their ids' creation; those that it asked for come first. */
export function ownPeerings(context: Context): readonly VpcPeering[] {
  const table = context.intent.table('vpcPeering');
  const asked = table.by('owner', owner(context.account, context.region));
  const offered = table.by('accepter.account', context.account);
  return distinct([...asked, ...offered]).filter((peering) => isShown(peering, context));
}

function isShown(peering: VpcPeering, context: Context): boolean {
  return [peering.requester, peering.accepter].some(
    (side) => isCallers(side, context) && isVisibleTo(side, peering, context.facts),
  );
}

export function refuseTransition(peering: VpcPeering, from: PeeringCode, to: PeeringCode): never {
  refuse(
    'InvalidStateTransition',
    `Invalid state transition for ${peering.id}, attempted to transition from ${from} to ${to}`,
  );
}

/** A request that waits and that the caller may answer; AWS's refusal otherwise. */
export function requestToAnswer(context: Context, id: string, verb: 'accept' | 'reject'): VpcPeering {
  const peering = findPeering(context, id);
  const { accepter } = peering;
  if (accepter.account !== context.account) {
    refuse('OperationNotPermitted', `User ${context.account} cannot ${verb} peering ${id}`);
  }
  if (accepter.region !== context.region) {
    refuse(
      'OperationNotPermitted',
      `Incorrect region (${context.region}) specified for this request. VPC peering connection ${id} must be ${verb}ed in region ${accepter.region}`,
    );
  }
  const code = peeringCode(peering, context.facts);
  if (code !== 'pending-acceptance' && code !== 'initiating-request') {
    refuseTransition(peering, code, verb === 'accept' ? 'provisioning' : 'rejected');
  }
  return peering;
}
