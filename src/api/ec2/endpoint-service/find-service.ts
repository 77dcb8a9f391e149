/** Services by id, the connections that lead to them, and when a service is gone. */
import type { Facts } from '../../../model/facts.ts';
import { isId } from '../../../model/ids.ts';
import type { Intent } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService, VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find, own } from '../../shared/find.ts';
import { endpointState, isGone } from '../endpoint/state.ts';

/** The caller's service, if it was not deleted. */
export function findService(context: Context, id: string): EndpointService {
  const service = find(context, 'endpointService', id);
  return service.deletedRevision === null ? service : refuseAbsent(id);
}

/** The caller's service as long as it is shown: while it is being deleted as well. */
export function findShownService(context: Context, id: string): EndpointService {
  const service = find(context, 'endpointService', id);
  return isServiceGone(service, context.facts) ? refuseAbsent(id) : service;
}

export function shownServices(context: Context): readonly EndpointService[] {
  return own(context, 'endpointService').filter((service) => !isServiceGone(service, context.facts));
}

function refuseAbsent(id: string): never {
  refuse('InvalidVpcEndpointServiceId.NotFound', `The VpcEndpointService Id '${id}' does not exist`);
}

export function isServiceGone(service: EndpointService, facts: Facts): boolean {
  return service.deletedRevision !== null && facts.appliedRevision >= service.deletedRevision;
}

/** Endpoints of the service that are still shown, whoever owns them, in the order of their creation. */
export function connectionsOf(service: EndpointService, context: Context): readonly VpcEndpoint[] {
  const endpoints = context.intent.table('vpcEndpoint').by('serviceId', service.id);
  return endpoints.filter((endpoint) => !isGone(endpoint, context.facts, context.now));
}

/** One of them by the endpoint's id. */
export function findConnection(service: EndpointService, id: string, context: Context): VpcEndpoint {
  if (!isId('vpcEndpoint', id)) refuse('InvalidVpcEndpointId.Malformed', `Invalid id: "${id}"`);
  const endpoint = context.intent.table('vpcEndpoint').get(id);
  if (endpoint?.serviceId !== service.id || isGone(endpoint, context.facts, context.now)) {
    refuse('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${id}' does not exist`);
  }
  return endpoint;
}

/** Whether a connection stands in the way of taking something from the service. Rejected and deleted ones do not. */
function hasLiveConnections(
  service: EndpointService,
  { intent, facts }: { readonly intent: Intent; readonly facts: Facts },
  isMeant: (endpoint: VpcEndpoint) => boolean = () => true,
): boolean {
  const endpoints = intent.table('vpcEndpoint').by('serviceId', service.id);
  return endpoints.some((endpoint) => isMeant(endpoint) && LIVE.has(endpointState(endpoint, facts)));
}

const LIVE: ReadonlySet<string> = new Set(['pendingAcceptance', 'pending', 'available']);

export function refuseLiveConnections(
  service: EndpointService,
  context: Context,
  isMeant?: (endpoint: VpcEndpoint) => boolean,
): void {
  if (hasLiveConnections(service, context, isMeant)) {
    refuse('ExistingVpcEndpointConnections', 'Service has existing active VPC Endpoint connections!');
  }
}
