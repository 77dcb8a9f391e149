/**
 * What endpoints can be made of: AWS's services, and customers' endpoint services. One that the caller is not allowed to see
 * does not exist.
 */
import { type AwsService, findService } from '../../../model/catalogue.ts';
import { customerServiceName, type PrivateZone, privateZoneOf, privateZonesOf } from '../../../model/endpoint-names.ts';
import { refuse } from '../../../model/refusal.ts';
import { findRemoteService, isOfferedIn, remoteZoneIds } from '../../../model/remote-access.ts';
import type { EndpointService, VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { isPermitted } from '../endpoint-service/principals.ts';
import { AWS_IP_TYPES } from './ip-address-types.ts';

export interface Offer {
  readonly name: string;
  readonly region: string;
  readonly types: AwsService['types'];
  /** Where endpoints of it may stand. */
  readonly zoneIds: readonly string[];
  /** It is in another region than the endpoint. */
  readonly isRemote: boolean;
  readonly policySupported: boolean;
  readonly ipAddressTypes: EndpointService['ipAddressTypes'];
  /** What an endpoint with private DNS holds; empty: there is no private DNS. */
  readonly privateZones: readonly Pick<PrivateZone, 'zone' | 'names'>[];
  /** null: an AWS service. */
  readonly customer: EndpointService | null;
}

/** Of the name in `region`, as the caller may use it in theirs. */
export function offerNamed(context: Context, name: string, region: string): Offer {
  const isRemote = region !== context.region;
  const service = isRemote ? findRemoteService(name, region) : findService(name, region);
  if (service !== undefined) return awsOffer(service, context.region);
  const customer = customerServiceNamed(context, name, region);
  if (customer === undefined || !isPermitted(customer, context)) refuseAbsent(name);
  return customerOffer(customer, context.region);
}

/** Of the service that an endpoint was made of, whoever may see it today. */
export function offerOf(context: Context, endpoint: VpcEndpoint): Offer {
  if (endpoint.serviceId !== null) {
    const customer = context.intent.table('endpointService').get(endpoint.serviceId);
    return customer === undefined ? refuseAbsent(endpoint.serviceName) : customerOffer(customer, endpoint.region);
  }
  const service = findService(endpoint.serviceName, endpoint.serviceRegion);
  if (service === undefined) throw new Error(`${endpoint.id} is of a service that does not exist`);
  return awsOffer(service, endpoint.region);
}

export function refuseAbsent(name: string): never {
  refuse('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`);
}

/** A living service in `region` by the name that consumers use, if it is offered in the caller's; permissions are not looked at. */
export function customerServiceNamed(context: Context, name: string, region: string): EndpointService | undefined {
  const service = context.intent.table('endpointService').get(name.slice(name.lastIndexOf('.') + 1));
  const isIt =
    service?.deletedRevision === null &&
    service.region === region &&
    isOfferedIn(service, context.region) &&
    customerServiceName(service.id, service.region) === name;
  return isIt ? service : undefined;
}

/** `region`: of the endpoint. */
function awsOffer(service: AwsService, region: string): Offer {
  const types = service.region === region ? service.types : (['Interface'] as const);
  return {
    ...service,
    ...placeOf(service, region),
    types,
    ipAddressTypes: AWS_IP_TYPES,
    privateZones: privateZonesOf(service),
    customer: null,
  };
}

function customerOffer(service: EndpointService, region: string): Offer {
  const { privateDnsName } = service;
  return {
    name: customerServiceName(service.id, service.region),
    region: service.region,
    types: ['Interface'],
    ...placeOf(service, region),
    policySupported: false,
    ipAddressTypes: service.ipAddressTypes,
    privateZones: privateDnsName?.state === 'verified' ? [privateZoneOf(privateDnsName.name)] : [],
    customer: service,
  };
}

/** From another region zones need not match. */
function placeOf(
  service: { readonly region: string; readonly zoneIds: readonly string[] },
  region: string,
): Pick<Offer, 'zoneIds' | 'isRemote'> {
  const isRemote = service.region !== region;
  return { isRemote, zoneIds: isRemote ? remoteZoneIds(region) : service.zoneIds };
}

/** The name that an endpoint with private DNS holds from now on (VpcEndpoint.privateDnsName). */
export function privateNameOf(offer: Offer): string | null {
  return offer.customer?.privateDnsName?.name ?? null;
}
