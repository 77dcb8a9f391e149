/**
 * The state of an endpoint, computed from what was asked for and what the kernel has. Spelled as on the wire: AWS's model
 * writes capitals, its servers do not.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html#concepts-vpc-endpoints
 */
import type { State } from '@aws-sdk/client-ec2';
import { isExpired } from '../../../model/expiry.ts';
import type { Facts } from '../../../model/facts.ts';
import { refuse } from '../../../model/refusal.ts';
import type { VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find, findIfThere } from '../../shared/find.ts';

/** For how long a deleted endpoint is still described. AWS says "a short while". */
export const DELETED_VISIBLE_SECONDS = 60;

export type EndpointState =
  | 'pendingAcceptance'
  | 'expired'
  | 'pending'
  | 'available'
  | 'rejected'
  | 'deleting'
  | 'deleted';

export function endpointState(endpoint: VpcEndpoint, facts: Facts): EndpointState {
  if (endpoint.deletedRevision !== null)
    return facts.appliedRevision >= endpoint.deletedRevision ? 'deleted' : 'deleting';
  // A gateway endpoint is a route: AWS calls it available with the reply that makes it.
  if (endpoint.type === 'Gateway') return 'available';
  if (endpoint.acceptance === 'pending') return isExpired(endpoint, facts.now) ? 'expired' : 'pendingAcceptance';
  if (endpoint.acceptance === 'rejected') return 'rejected';
  return facts.appliedRevision >= endpoint.changedRevision ? 'available' : 'pending';
}

/** The wire's spelling under the SDK's type, which knows only the model's. */
export function wireState(state: EndpointState): State {
  return state as string as State;
}

/** True where a describe no longer shows it and the sweep may drop it. */
export function isGone(endpoint: VpcEndpoint, facts: Facts, now: string): boolean {
  if (endpoint.deletedAt === null || endpointState(endpoint, facts) !== 'deleted') return false;
  return Date.parse(now) - Date.parse(endpoint.deletedAt) > DELETED_VISIBLE_SECONDS * 1000;
}

/** The caller's endpoint if it is still shown. */
export function findEndpoint(context: Context, id: string): VpcEndpoint {
  const endpoint = findIfThere(context, 'vpcEndpoint', id);
  if (endpoint !== undefined && !isGone(endpoint, context.facts, context.now)) return endpoint;
  if (endpoint !== undefined) refuse('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${id}' does not exist`);
  return find(context, 'vpcEndpoint', id);
}
