/**
 * The provider's answer to connections. Accepting opens what waits, or was rejected before; rejecting closes what waits or
 * is open. The endpoint itself is its owner's and stays.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#accept-reject-connection-requests
 */
import { type Edit, put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { eachOrUnsuccessful } from '../../shared/bulk.ts';
import { ec2Action } from '../action.ts';
import { type EndpointState, endpointState } from '../endpoint/state.ts';
import { connectionEvents } from './events.ts';
import { findConnection, findService } from './find-service.ts';

interface Answer {
  readonly event: 'Accept' | 'Reject';
  readonly acceptance: 'accepted' | 'rejected';
  readonly from: readonly EndpointState[];
}

const ACCEPT: Answer = { event: 'Accept', acceptance: 'accepted', from: ['pendingAcceptance', 'rejected'] };
const REJECT: Answer = {
  event: 'Reject',
  acceptance: 'rejected',
  from: ['pendingAcceptance', 'pending', 'available'],
};

export const acceptVpcEndpointConnections = ec2Action<'AcceptVpcEndpointConnections'>(
  { ServiceId: true, VpcEndpointIds: true },
  (input, context) => answer(ACCEPT, input.ServiceId, input.VpcEndpointIds, context),
);

export const rejectVpcEndpointConnections = ec2Action<'RejectVpcEndpointConnections'>(
  { ServiceId: true, VpcEndpointIds: true },
  (input, context) => answer(REJECT, input.ServiceId, input.VpcEndpointIds, context),
);

function answer(answer: Answer, serviceId: string, ids: readonly string[], context: Context) {
  const service = findService(context, serviceId);
  return eachOrUnsuccessful(ids, context, (id, now) => answered(answer, findConnection(service, id, now), now));
}

function answered({ event, acceptance, from }: Answer, endpoint: VpcEndpoint, context: Context): readonly Edit[] {
  const state = endpointState(endpoint, context.facts);
  if (!from.includes(state)) {
    const verb = event === 'Accept' ? 'accepted' : 'rejected';
    refuse('IncorrectState', `The connection of ${endpoint.id} is in the state ${state} and cannot be ${verb}.`);
  }
  const changed: VpcEndpoint = { ...endpoint, acceptance, changedRevision: context.nextRevision };
  return [put(changed), ...connectionEvents(event, changed, context)];
}
